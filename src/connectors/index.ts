// The connectors this hub has, by the name that the configuration uses. A new one is one import and one entry.
import type { Connector } from './contract.ts';
import { demo } from './demo/index.ts';
import { quickbooks } from './quickbooks/index.ts';
import { shopify } from './shopify/index.ts';
import { square } from './square/index.ts';
import { threepl } from './threepl/index.ts';
import { webhook } from './webhook/index.ts';

const all: readonly Connector[] = [demo, quickbooks, shopify, square, threepl, webhook];

export const connectors: ReadonlyMap<string, Connector> = new Map(
  all.map((connector) => [connector.name, connector]),
);
