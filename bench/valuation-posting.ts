// What posting costs while another process values everything that is posted, against posting alone, in turn on one database.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openLedger } from '../src/core/ledger/post.ts';
import { syncCompany } from '../src/core/valuation/company.ts';
import {
  type Bench,
  type BenchResult,
  benchDatabase,
  interleaved,
  postAll,
  rateOf,
  receipts,
} from './support.ts';
import { COMPANY } from './valuation-history.ts';

const SHAPE = { items: 500, locations: 10 };
/** Some seconds of posting, so that valuing meets it and is not measured while it starts. */
const COUNT = 150_000;

export const valuationPosting: Bench = {
  name: 'valuation-posting',
  what: 'movements posted a second while another process values them ÷ posted alone',
  async run({ serverUrl, rounds, say }) {
    const database = await benchDatabase(serverUrl, SHAPE);
    await syncCompany(database, COMPANY);
    const ledger = openLedger(database);
    let next = 0;
    let valued = 0;
    const posted = () => {
      const postings = receipts(next, COUNT, SHAPE);
      next += COUNT;
      return rateOf(COUNT, () => postAll(ledger, postings));
    };
    const beside = async () => {
      const child = spawn(process.execPath, ['bench/valuing.ts', database.url], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      const rate = await posted();
      const steps = once(child.stdout, 'data');
      child.kill('SIGTERM');
      valued += Number(String((await steps)[0]).trim());
      await once(child, 'exit');
      say(`beside valuing: ${Math.round(rate)} movements/s`);
      return rate;
    };
    const alone = async () => {
      const rate = await posted();
      say(`alone: ${Math.round(rate)} movements/s`);
      return rate;
    };
    await beside();
    await alone();
    const measured = await interleaved(rounds, beside, alone);
    const { rows } = await database.pool.query<{ lines: number }>(
      'select count(*)::int as lines from movement',
    );
    await database.drop();
    const result: BenchResult = {
      bench: 'valuation-posting',
      unit: 'movements/s',
      ...measured,
      target: { atLeast: 0.95 },
      correct: rows[0]?.lines === 2 * COUNT * (rounds + 1) && valued > 0,
      note: `reference: the same with nobody valuing; the valuing process folded ${valued.toLocaleString('en')} steps meanwhile; both share the machine’s cores`,
    };
    return [result];
  },
};
