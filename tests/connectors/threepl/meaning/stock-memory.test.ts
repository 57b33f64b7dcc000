// What is remembered of stock reports decides which of them are believed: one with a wrong date must not decide for ever.
import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../../../src/connectors/contract.ts';
import { interpretDocument } from '../../../../src/connectors/threepl/interpret.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';
import { each, profile, sku, stock } from './world.ts';

/** A connection that remembers, and what becomes of full reports by their instants; all of them came on 22 November. */
function warehouse() {
  const kept = new Map<string, unknown>();
  const state = {
    read: async (key: string) => kept.get(key),
    write: async (key: string, value: unknown) => void kept.set(key, value),
    exclusively: <T>(_key: string, work: () => Promise<T>) => work(),
  };
  return async (asOf: string, headers: Readonly<Record<string, string>> = {}) => {
    const occurredAt = instantFrom(asOf);
    const document = {
      ...stock([{ ids: sku('MUG'), quantities: [{ code: '33', quantity: each(5) }] }]),
      occurredAt,
    };
    const event: StoredEvent = {
      ...{ id: '1', source: 'file', topic: 'stock', dedupeKey: asOf, headers, occurredAt },
      receivedAt: instantFrom('2026-11-22T12:00:00Z'),
      body: Buffer.from(JSON.stringify(document)),
    };
    return (await interpretDocument(event, profile(), { state, stocked: undefined })).outcome;
  };
}

const RELEASED = { released: 'yes' };

describe('a stock report', () => {
  it('with a date in thirty years is held, and those of today are taken', async () => {
    const report = warehouse();
    expect(await report('2026-11-21T12:00:00Z')).toBe('facts');
    expect(await report('2056-11-22T12:00:00Z')).toBe('quarantined');
    expect(await report('2026-11-22T11:00:00Z')).toBe('facts');
  });

  it('that a person has released is what the next ones are measured by, also after one with a wrong date was', async () => {
    const report = warehouse();
    expect(await report('2056-11-22T12:00:00Z', RELEASED)).toBe('facts');
    expect(await report('2026-11-22T09:00:00Z')).toBe('quarantined');
    expect(await report('2026-11-22T09:00:00Z', RELEASED)).toBe('facts');
    expect(await report('2026-11-22T10:00:00Z')).toBe('facts');
  });

  it('that is older and was not released takes nothing back', async () => {
    const report = warehouse();
    expect(await report('2026-11-22T10:00:00Z')).toBe('facts');
    expect(await report('2026-11-22T09:00:00Z')).toBe('quarantined');
    expect(await report('2026-11-22T09:30:00Z')).toBe('quarantined');
  });
});
