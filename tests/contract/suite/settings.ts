// What every connector promises about its entry in the registry and its settings.
import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Connector } from '../../../src/connectors/contract.ts';
import { secretsIn } from '../../../src/connectors/toolkit/secrets.ts';
import { StockbridgeError } from '../../../src/core/errors.ts';
import type { ConnectorFixture } from './fixture.ts';
import { memoryState, openWorld } from './world.ts';

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly additionalProperties?: Node | boolean;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

export function settingsSuite(connector: Connector, fixture: ConnectorFixture): void {
  it('has a plain name, a title and one sentence of summary', () => {
    expect(connector.name).toMatch(/^[a-z][a-z0-9-]{1,30}$/);
    expect(connector.title).not.toBe('');
    expect(connector.summary).toMatch(/^[^\n]{10,200}\.$/);
  });

  it('describes every settings field in a sentence', () => {
    const schema = z.toJSONSchema(connector.settings, {
      io: 'input',
      unrepresentable: 'any',
      reused: 'inline',
    });
    const bare = undescribed(schema as Node, '');
    expect(bare, 'these fields need .describe()').toEqual([]);
  });

  it('refuses unknown settings instead of overlooking a misspelt one', async () => {
    await withOutside(fixture, async ({ settings }) => {
      const misspelt = { ...(settings as object), thisFieldDoesNotExist: 1 };
      expect(connector.settings.safeParse(misspelt).success).toBe(false);
    });
  });

  it('marks every secret', async () => {
    await withOutside(fixture, async ({ settings, canaries }) => {
      expect(canaries.length, 'the fixture names no secret').toBeGreaterThan(0);
      expect(secretsIn(connector.settings, settings).sort()).toEqual([...canaries].sort());
    });
  });

  it('connects without any I/O, so that a hub starts while the vendor is down', async () => {
    const world = await openWorld(connector, fixture);
    try {
      let calls = 0;
      const refuse = (): never => {
        calls += 1;
        throw new StockbridgeError('vendor_unavailable', 'no I/O is allowed here');
      };
      const state = { ...memoryState(), read: refuse, write: refuse, exclusively: refuse };
      connector.connect({ ...world.context, http: { request: refuse }, state });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(calls).toBe(0);
    } finally {
      await world.close();
    }
  });

  it('has a fixture that matches what the connector offers', async () => {
    const world = await openWorld(connector, fixture);
    try {
      const { outside, connection } = world;
      expect(outside.webhook !== undefined, 'webhook').toBe(connector.webhook !== undefined);
      expect(outside.push !== undefined, 'push').toBe(connection.push !== undefined);
      expect(outside.books !== undefined, 'books').toBe(connection.journal !== undefined);
      if (connection.poll || connection.push) {
        expect(outside.shop ?? outside.books, 'shop or books').toBeDefined();
        expect(outside.fail, 'fail').toBeDefined();
      }
    } finally {
      await world.close();
    }
  });
}

async function withOutside(
  fixture: ConnectorFixture,
  work: (outside: Awaited<ReturnType<ConnectorFixture['start']>>) => Promise<void>,
): Promise<void> {
  const outside = await fixture.start();
  try {
    await work(outside);
  } finally {
    await outside.close();
  }
}

function undescribed(node: Node, path: string): string[] {
  const bare: string[] = [];
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const here = path === '' ? name : `${path}.${name}`;
    const described = [child, ...(child.anyOf ?? [])].some(
      ({ description }) => (description ?? '').length >= 10,
    );
    if (!described) bare.push(here);
    bare.push(...undescribed(child, here));
  }
  const inner = [
    node.items,
    typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined,
  ];
  for (const child of [...inner, ...(node.anyOf ?? []), ...(node.oneOf ?? [])]) {
    if (child !== undefined) bare.push(...undescribed(child, path));
  }
  return [...new Set(bare)];
}
