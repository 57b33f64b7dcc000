// What every connector makes of a vendor that fails: the right name for each failure, and none of its secrets.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector, Reading } from '../../../src/connectors/contract.ts';
import type { ErrorCode } from '../../../src/core/errors.ts';
import { instantOf } from '../../../src/core/vocabulary/instant.ts';
import type { ConnectorFixture, OutsideFault } from './fixture.ts';
import type { Members } from './members.ts';
import { LONG_AGO } from './reading.ts';
import { openWorld, type World } from './world.ts';

/** What may be thrown by a reading, and by a sending; a sending that fails before it writes fails like a reading. */
const EXPECTED: Record<
  Exclude<OutsideFault, 'none'>,
  { reading: ErrorCode; sending: readonly ErrorCode[] }
> = {
  unauthorized: { reading: 'vendor_unauthorized', sending: ['vendor_unauthorized'] },
  throttled: { reading: 'vendor_throttled', sending: ['vendor_throttled'] },
  unavailable: { reading: 'vendor_unavailable', sending: ['vendor_unavailable', 'outcome_unknown'] },
  timeout: { reading: 'vendor_unavailable', sending: ['vendor_unavailable', 'outcome_unknown'] },
  accept_then_timeout: { reading: 'vendor_unavailable', sending: ['vendor_unavailable', 'outcome_unknown'] },
};

export function faultSuite(connector: Connector, fixture: ConnectorFixture, members: Members): void {
  describe.each(Object.entries(EXPECTED))('%s', (name, expected) => {
    const fault = name as Exclude<OutsideFault, 'none'>;
    let world: World;
    beforeEach(async () => {
      world = await openWorld(connector, fixture);
    });
    afterEach(() => world.close());

    const reads = async (): Promise<Record<string, () => Promise<unknown>>> => {
      const { connection, outside } = world;
      const ordered = await outside.fulfilment?.order(1);
      const target = outside.push?.target;
      const named: Record<string, (() => Promise<unknown>) | undefined> = {
        poll:
          connection.poll &&
          (() => drained(connection.poll!.read(connection.poll!.streams[0]!, undefined, LONG_AGO))),
        'push.read':
          target && outside.push?.style !== 'announce' ? () => connection.push!.read([target]) : undefined,
        catalogue: connection.catalogue && (() => drained(connection.catalogue!())),
        'fulfilment.shipTo': ordered && (() => connection.fulfilment!.shipTo(ordered.order)),
        snapshot: connection.snapshot && (() => drained(connection.snapshot!())),
      };
      return Object.fromEntries(
        Object.entries(named).filter(
          (entry): entry is [string, () => Promise<unknown>] => entry[1] !== undefined,
        ),
      );
    };

    if (members.poll || members.catalogue || members.snapshot)
      it('is named rightly by everything that reads, and heals', async () => {
        for (const [what, read] of Object.entries(await reads())) {
          await world.fail(fault);
          const failure = await world.failureOf(read);
          expect(failure.code, what).toBe(expected.reading);
          if (fault === 'throttled') expect(failure.retryAfterMs, what).toBeGreaterThan(0);
          await world.fail('none');
          await read();
        }
      });

    if (members.push)
      it('is named rightly by sending, and a name other than outcome_unknown means no effect', async () => {
        const { connection, outside } = world;
        const [reading] = (await connection.push!.read([outside.push!.target])) as [
          Extract<Reading, { outcome: 'read' }>,
        ];
        const item = {
          ...outside.push!.target,
          publication: randomUUID(),
          available: '5',
          readAvailable: reading.available,
          expected: reading.expected,
        };
        const batch = { key: randomUUID(), createdAt: instantOf(new Date()), items: [item] };
        const effects = await outside.push!.effects();
        await world.fail(fault);
        const failure = await world.failureOf(() => connection.push!.send(batch));
        expect(expected.sending).toContain(failure.code);
        if (failure.code !== 'outcome_unknown') expect(await outside.push!.effects()).toBe(effects);
        await world.fail('none');
        expect(await connection.push!.send(batch)).toEqual([{ outcome: 'applied' }]);
        expect(await outside.push!.effects()).toBe(effects + 1);
      });

    if (members.health && members.push !== 'announce')
      it('is told by health, as a failure or as a finding', async () => {
        const { connection } = world;
        expect((await connection.health!()).length).toBeGreaterThan(0);
        await world.fail(fault);
        let told: string;
        try {
          const findings = await connection.health!();
          told = findings.some(({ level }) => level !== 'ok') ? expected.reading : 'nothing';
        } catch (error) {
          told = (error as { code: string }).code;
        }
        expect(told).toBe(expected.reading);
      });
  });
}

async function drained(pages: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _page of pages) count += 1;
  return count;
}
