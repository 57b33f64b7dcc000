// What every webhook body needs: the shop it reads, its local time, and numeric ids that do not round.
import { restTime } from '../shop/clock.ts';
import { parseGid } from '../shop/ids.ts';
import type { Shop } from '../shop/shop.ts';
import { NumericId } from './json.ts';

export type Writer = { shop: Shop; time: (atMs: number) => string };

export function createWriter(shop: Shop, offsetMinutesAt: (atMs: number) => number): Writer {
  return { shop, time: (atMs) => restTime(atMs, offsetMinutesAt(atMs)) };
}

export const numeric = (gid: string): NumericId => new NumericId(parseGid(gid)?.id ?? '0');
export const numericOrNull = (gid: string | null): NumericId | null => (gid === null ? null : numeric(gid));
