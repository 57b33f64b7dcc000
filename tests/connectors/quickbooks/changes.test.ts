// How the connector hears of changes in the books: notifications in both forms, and the change log as a backstop.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PollPage, WebhookRequest } from '../../../src/connectors/contract.ts';
import { quickbooksClient } from '../../../src/connectors/quickbooks/client.ts';
import { hintsIn } from '../../../src/connectors/quickbooks/hints.ts';
import { changesPoll } from '../../../src/connectors/quickbooks/poll.ts';
import { webhook } from '../../../src/connectors/quickbooks/webhook.ts';
import { instantFrom } from '../../../src/core/vocabulary/instant.ts';
import { type Asked, apiCalls, company, contextFor, REALM, type Stub, startStub, type Told } from './stub.ts';

const requestOf = (body: unknown): WebhookRequest => ({
  ...{ method: 'POST', registeredUrl: 'https://hub.example/hooks/books', headers: {} },
  body: Buffer.from(JSON.stringify(body)),
});
const entity = (id: string, operation: string, lastUpdated = '2026-11-21T09:30:00-08:00') => ({
  ...{ id, operation, name: 'JournalEntry', lastUpdated },
});
const notification = (realmId: string, entities: readonly object[]) => ({
  realmId,
  dataChangeEvent: { entities },
});

describe('a notification', () => {
  it('of the older form names each change by company, entity, id, operation and time', () => {
    const body = {
      eventNotifications: [
        notification(REALM, [entity('1', 'Update'), entity('1', 'Update'), entity('1', 'Delete')]),
        notification('77', [entity('1', 'Update')]),
      ],
    };
    const events = webhook.events(requestOf(body));
    expect(events.map(({ topic }) => topic)).toEqual([
      ...['journalentry.updated', 'journalentry.deleted', 'journalentry.updated'],
    ]);
    expect(new Set(events.map(({ dedupeKey }) => dedupeKey)).size).toBe(3);
    expect(events[0]?.occurredAt).toBe('2026-11-21T17:30:00.000000Z');
    // The same change told again within another delivery is the same event.
    const later = webhook.events(
      requestOf({ eventNotifications: [notification(REALM, [entity('1', 'Update')])] }),
    );
    expect(later[0]?.dedupeKey).toBe(events[0]?.dedupeKey);
    const newer = webhook.events(
      requestOf({
        eventNotifications: [notification(REALM, [entity('1', 'Update', '2026-11-21T09:31:00-08:00')])],
      }),
    );
    expect(newer[0]?.dedupeKey).not.toBe(events[0]?.dedupeKey);
  });

  it('as CloudEvents is known by the event’s own id, in a list or alone', () => {
    const event = {
      ...{
        specversion: '1.0',
        id: '88cd52aa-33b6-4351-9aa4-47572edbd068',
        type: 'qbo.journalentry.deleted.v1',
      },
      ...{ time: '2026-11-21T09:30:00Z', intuitentityid: '44', intuitaccountid: REALM, data: {} },
    };
    for (const body of [[event], event])
      expect(webhook.events(requestOf(body))).toEqual([
        {
          dedupeKey: event.id,
          topic: 'journalentry.deleted',
          occurredAt: '2026-11-21T09:30:00.000000Z',
        },
      ]);
  });

  it('of which one entry cannot be read is kept whole, so that nothing of it is dropped', () => {
    const broken = { eventNotifications: [notification(REALM, [entity('1', 'Update'), { id: '2' }])] };
    expect(webhook.events(requestOf(broken))).toMatchObject([{ topic: 'unreadable' }]);
    expect(webhook.events(requestOf([]))).toMatchObject([{ topic: 'unreadable' }]);
  });
});

describe('the change log', () => {
  let stub: Stub;
  const NOW = new Date('2026-11-22T12:00:00Z');
  beforeEach(async () => {
    stub = await startStub();
  });
  afterEach(() => stub.close());

  const changed = (Id: string, at: string, more: object = {}) => ({
    ...{ Id, SyncToken: '1', MetaData: { LastUpdatedTime: at } },
    ...more,
  });
  const logOf =
    (rows: Readonly<Record<string, readonly object[]>>, time: string) =>
    (asked: Asked): Told => ({
      body: {
        CDCResponse: [
          {
            QueryResponse: [
              { [asked.query.get('entities') ?? '']: rows[asked.query.get('entities') ?? ''] ?? [] },
            ],
          },
        ],
        time,
      },
    });
  const pagesFrom = async (api: Stub['api'], cursor: unknown, since = '2026-11-20T00:00:00Z') => {
    stub.api = api;
    const context = contextFor(stub, { now: () => NOW });
    const pages: PollPage[] = [];
    for await (const page of changesPoll(quickbooksClient(context), context).read(
      'changes',
      cursor,
      instantFrom(since),
    ))
      pages.push(page);
    return pages;
  };
  const sinceAsked = (): (string | null)[] =>
    apiCalls(stub).flatMap(({ path, query }) => (path.endsWith('/cdc') ? [query.get('changedSince')] : []));

  it('tells two edits within one second apart by their version', async () => {
    const at = '2026-11-21T09:00:00-08:00';
    const keyAt = async (version: string) => {
      const log = logOf(
        { JournalEntry: [changed('5', at, { SyncToken: version })] },
        '2026-11-22T03:59:00-08:00',
      );
      const [page] = await pagesFrom(log, undefined);
      return page?.events[0]?.dedupeKey;
    };
    expect(await keyAt('1')).toBe(await keyAt('1'));
    expect(await keyAt('2')).not.toBe(await keyAt('1'));
  });

  it('is read with overlap, from the cursor that the last reading left', async () => {
    const log = logOf(
      {
        JournalEntry: [
          changed('5', '2026-11-21T09:00:00-08:00'),
          changed('6', '2026-11-21T10:00:00-08:00', { status: 'Deleted' }),
        ],
        Account: [changed('81', '2026-11-21T11:00:00-08:00')],
      },
      '2026-11-22T03:59:00-08:00',
    );
    const [page, ...more] = await pagesFrom(log, undefined);
    expect(more).toEqual([]);
    expect(page?.events.map(({ topic }) => topic)).toEqual([
      ...['journalentry.updated', 'journalentry.deleted', 'account.updated'],
    ]);
    expect(hintsIn(page?.events[1]?.body ?? Buffer.alloc(0))).toMatchObject([
      { realm: REALM, id: '6', operation: 'deleted' },
    ]);
    // By QuickBooks' clock, less what may not have settled.
    expect(page?.through).toBe('2026-11-22T11:58:55.000000Z');
    expect(sinceAsked()).toEqual(['2026-11-19T23:50:00.000000Z', '2026-11-19T23:50:00.000000Z']);
    await pagesFrom(log, JSON.parse(JSON.stringify(page?.cursor)));
    expect(sinceAsked()[2]).toBe('2026-11-22T11:48:55.000000Z');
  });

  it('never moves its cursor back when QuickBooks’ clock does', async () => {
    const [page] = await pagesFrom(logOf({}, '2026-11-01T00:00:00Z'), {
      through: '2026-11-22T11:00:00.000000Z',
    });
    expect(page?.cursor).toEqual({ through: '2026-11-22T11:00:00.000000Z' });
  });

  it.each([
    ['reaches back 30 days at most', '2026-06-01T00:00:00Z', 3],
    ['names 1000 objects at most', '2026-11-20T00:00:00Z', 1_000],
  ])('%s; what lies beyond is found by a query', async (_name, since, count) => {
    const full = Array.from({ length: count }, (_, at) => changed(String(at + 1), '2026-11-21T09:00:00Z'));
    const log = logOf({ JournalEntry: full }, '2026-11-22T11:59:00Z');
    const older = { ...changed('9001', '2026-11-21T08:00:00Z'), TxnDate: '2026-11-20', Line: [] };
    const api = company({ JournalEntry: [older] }, log);
    const pages = await pagesFrom(api, undefined, since);
    expect(pages.length).toBe(2);
    expect(pages[0]?.through).toBeUndefined();
    expect(pages[0]?.cursor).toEqual({ through: instantFrom(since) });
    expect(pages.flatMap(({ events }) => events)).toHaveLength(count + 1);
    for (const asked of sinceAsked()) expect(asked! >= '2026-10-24').toBe(true);
  });
});
