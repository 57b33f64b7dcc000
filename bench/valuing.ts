// A process that does nothing but value what is posted, until it is told to stop: what the role `value` costs beside posting.
import { openDatabase } from '../src/core/database.ts';
import { restWhilePosting } from '../src/core/valuation/rest.ts';
import { valueAll } from '../src/core/valuation/value.ts';
import { COMPANY } from './valuation-history.ts';

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error('name the database');
const database = openDatabase({ url, poolSize: 2 });
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
process.stdout.write('valuing\n');
const rest = restWhilePosting(database);
let steps = 0;
while (!stopping.signal.aborted) {
  const { signal } = stopping;
  const valued = await valueAll(database, COMPANY, { signal, rest });
  steps += valued.steps;
  await new Promise((resolve) => setTimeout(resolve, 20));
}
process.stdout.write(`${steps}\n`);
await database.close();
