// Webhooks of the simulated QuickBooks: both forms, signed, repeated until answered, and as unruly as the real ones.

import { describe, expect, test } from 'vitest';
import { signatureOf } from '../../src/simulators/quickbooks/index.ts';
import { call, entryIn, type Json, sale, startBooks } from './quickbooks-client.ts';
import { type Receiver, startReceiver } from './square-client.ts';

const verifierToken = 'verifier';

const eventsOf = ({ received }: Receiver): Json[] =>
  received.flatMap(({ json }) => json as unknown as Json[]);

describe('webhooks', () => {
  test('CloudEvents tell of people’s edits and of the app’s own entries, signed over the raw bytes', async () => {
    await using receiver = await startReceiver();
    await using books = await startBooks({ webhooks: [{ url: receiver.url, verifierToken }] });
    const { Id } = entryIn(await call(books, 'journalentry', sale()));
    books.actions.editEntry({ id: Id, amount: '1.00' });
    books.actions.deleteEntry({ id: Id });
    await books.settled();
    expect(eventsOf(receiver)).toMatchObject(
      ['created', 'updated', 'deleted'].map((operation) => ({
        specversion: '1.0',
        type: `qbo.journalentry.${operation}.v1`,
        intuitentityid: Id,
        intuitaccountid: books.credentials.realmId,
        data: {},
      })),
    );
    const [message] = receiver.received;
    expect(message?.headers['intuit-signature']).toBe(
      signatureOf(verifierToken, message?.raw ?? Buffer.alloc(0)),
    );
    expect(signatureOf('key', Buffer.from('[]'))).toBe('jPPVhLrEIHDkTySaVQkQvQB30YqcxipUxZxnWEWL8Bo=');
  });

  test('the legacy form groups by company, and a message may speak of a stranger', async () => {
    await using receiver = await startReceiver();
    await using books = await startBooks({
      webhooks: [{ url: receiver.url, verifierToken, form: 'legacy' }],
    });
    books.faults({ webhooks: { mixRealms: 1 } });
    books.actions.bookBill({ date: '2026-11-20', account: 'inventory', amount: '1.00' });
    await books.settled();
    expect(receiver.received).toHaveLength(1);
    const [{ eventNotifications }] = receiver.received.map(({ json }) => json) as unknown as [
      {
        eventNotifications: Array<{ realmId: string; dataChangeEvent: { entities: Json[] } }>;
      },
    ];
    expect(new Set(eventNotifications.map(({ realmId }) => realmId)).size).toBe(2);
    expect(
      eventNotifications.find(({ realmId }) => realmId === books.credentials.realmId)?.dataChangeEvent,
    ).toEqual({
      entities: [
        {
          name: 'Bill',
          id: '1',
          operation: 'Create',
          lastUpdated: expect.stringMatching(/^2026-11-21T(14:00:00\.000Z|06:00:00-0800)$/),
        },
      ],
    });
  });

  test('what is not answered with 2xx is sent again with the same event', async () => {
    await using receiver = await startReceiver();
    receiver.answer = (index) => (index < 2 ? 500 : 200);
    await using books = await startBooks({
      webhooks: [{ url: receiver.url, verifierToken }],
      retryScale: 0.0005,
    });
    books.actions.setClosingDate({ date: '2026-10-31' });
    await books.settled();
    expect(eventsOf(receiver).map(({ type }) => type)).toEqual(Array(3).fill('qbo.preferences.updated.v1'));
    expect(new Set(eventsOf(receiver).map(({ id }) => id)).size).toBe(1);
  });

  test('messages are doubled and lost on request; change data capture still tells', async () => {
    await using receiver = await startReceiver();
    await using books = await startBooks({
      webhooks: [{ url: receiver.url, verifierToken, entities: ['Account'] }],
    });
    books.faults({ webhooks: { duplicate: 1 } });
    books.actions.setAccountActive({ account: 'inventory', active: false });
    await books.settled();
    expect(eventsOf(receiver)).toHaveLength(2);
    books.faults({ webhooks: { drop: 1 } });
    books.actions.createAccount({ name: 'New', type: 'Expense' });
    books.actions.createClass({ name: 'Web' });
    await books.settled();
    expect(eventsOf(receiver)).toHaveLength(2);
    expect(books.deliveries().at(-1)?.outcome).toBe('dropped');
    const { text } = await call(books, 'cdc?entities=Account&changedSince=2026-11-20');
    expect(text).toContain('"Name":"New"');
  });
});
