// The levers that `stockbridge simulate quickbooks` prints are all there are, and each can be pulled as printed.
import { expect, test } from 'vitest';
import { startQuickbooksSimulator } from '../../src/simulators/quickbooks/index.ts';
import { QUICKBOOKS_LEVERS, quickbooksLevers } from '../../src/simulators/quickbooks/levers.ts';

test('every lever is printed, and takes what is printed', async () => {
  await using books = await startQuickbooksSimulator({});
  const pull = async (name: string, input: unknown) => {
    const response = await fetch(`${books.url}/__simulator/${name}`, {
      method: 'POST',
      body: JSON.stringify(input),
    });
    return { status: response.status, text: await response.text() };
  };
  const { lines } = QUICKBOOKS_LEVERS.bookEntry;
  const number = QUICKBOOKS_LEVERS.editEntry.number ?? '';
  const book = () => pull('bookEntry', { date: '2026-11-02', number, lines });
  expect(await book()).toMatchObject({ status: 200 });
  // What is edited has another number afterwards; what is deleted must be there.
  const before: Record<string, () => Promise<unknown>> = {
    deleteEntry: book,
    deleteBill: () => pull('bookBill', QUICKBOOKS_LEVERS.bookBill),
    setListedActive: () => pull('setFeatures', { classes: true }),
  };
  for (const [name, input] of Object.entries(QUICKBOOKS_LEVERS)) {
    await before[name]?.();
    const { status, text } = await pull(
      name,
      name === 'setListedActive' ? { ...input, id: madeClass } : input,
    );
    expect(status, `${name}: ${text}`).toBe(200);
    if (name === 'createClass') madeClass = (JSON.parse(text) as { id: string }).id;
  }
  for (const name of ['expireAccessTokens', 'disconnect', 'reconnect', 'books', 'requests'])
    expect((await pull(name, {})).status, name).toBe(200);
  expect((await pull('advance', { seconds: 3600 })).status).toBe(200);
  expect(quickbooksLevers(books.url).match(/__simulator\/\w+/g)).toEqual(
    [
      ...Object.keys(QUICKBOOKS_LEVERS),
      ...['advance', 'expireAccessTokens', 'disconnect', 'reconnect', 'books', 'requests'],
    ].map((name) => `__simulator/${name}`),
  );
});

let madeClass = '';
