// How many signed webhooks a second are durably taken in, over real HTTP, by the product's own route and a real connector.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { startApi } from '../src/api/server.ts';
import { createReceiver, HOOKS } from '../src/api/webhooks.ts';
import { webhook } from '../src/connectors/webhook/index.ts';
import { quietLog } from '../src/demo/world.ts';
import { bareTable, startBareIntake } from './intake-reference.ts';
import type { LoadOrder, LoadReport } from './load-generator.ts';
import { type Bench, type BenchDatabase, benchDatabase, interleaved } from './support.ts';

const SECRET = Buffer.from('only benchmarks are signed with it').toString('base64');
const DISTINCT = 10_000;
const REPEATED = 200;

export const intake: Bench = {
  name: 'intake',
  what: 'signed webhooks of 4,096 bytes taken in a second ÷ bare node:http with the same check and group commit',
  async run({ serverUrl, rounds, say }) {
    const database = await benchDatabase(serverUrl, { items: 1, locations: 1 });
    await bareTable(database.pool);
    const generator = fork(new URL('./load-generator.ts', import.meta.url), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const reports: LoadReport[] = [];
    const load = async (port: number, path: string, name: string) => {
      const report = await ordered(generator, {
        port,
        path,
        secret: SECRET,
        run: `${name}-${reports.length}`,
        distinct: DISTINCT,
        repeated: REPEATED,
        bodyBytes: 4096,
        connections: 64,
      });
      reports.push(report);
      const rate = report.sent / report.seconds;
      say(`${name}: ${Math.round(rate)} requests/s`);
      return rate;
    };
    const product = await startProduct(database);
    const bare = await startBareIntake(database.pool, SECRET);
    const ours = () => load(product.port, `${HOOKS}bench`, 'product');
    const reference = () => load(bare.port, '/', 'bare');
    await ours();
    await reference();
    const measured = await interleaved(rounds, ours, reference);
    generator.disconnect();
    await product.close(1_000);
    await bare.close();
    const correct =
      reports.every((report) => report.accepted === report.sent) && (await isComplete(database, rounds + 1));
    await database.drop();
    return [
      {
        bench: 'intake',
        unit: 'requests/s',
        ...measured,
        correct,
        target: { atLeast: 0.75 },
        note: `64 connections, ${REPEATED} of ${DISTINCT + REPEATED} deliveries are repetitions; reference: HMAC check and the same commits of at most 256 rows, two under way`,
      },
    ];
  },
};

async function startProduct(database: BenchDatabase) {
  const settings = { signature: { scheme: 'standard-webhooks', secrets: [`whsec_${SECRET}`] } };
  const receiver = createReceiver({
    store: database.pool,
    connections: [
      { id: 1, name: 'bench', connector: webhook, settings, webhookUrl: 'http://127.0.0.1/hooks/bench' },
    ],
    maxBodyBytes: 1_000_000,
    log: quietLog(),
  });
  return startApi({ host: '127.0.0.1', port: 0, pool: database.pool, receiver });
}

async function ordered(generator: ChildProcess, order: LoadOrder): Promise<LoadReport> {
  const answer = once(generator, 'message');
  generator.send(order);
  const [report] = await answer;
  return report as LoadReport;
}

/** Each delivery has its row, no repetition has one, and the count taken beside them says the same (I1). */
async function isComplete(database: BenchDatabase, runs: number): Promise<boolean> {
  const { rows } = await database.pool.query<
    Record<'events' | 'bodies' | 'bare' | 'accepted' | 'duplicates', number>
  >(
    `select (select count(*) from inbox_event)::int as events, (select count(distinct sha256) from inbox_event)::int as bodies,
       (select count(*) from bare_event)::int as bare,
       c.accepted::int as accepted, c.duplicates::int as duplicates from intake_count c where c.connection_id = 1`,
  );
  const [counted] = rows;
  return (
    counted !== undefined &&
    counted.events === DISTINCT * runs &&
    counted.bodies === DISTINCT * runs &&
    counted.bare === DISTINCT * runs &&
    counted.accepted === (DISTINCT + REPEATED) * runs &&
    counted.duplicates === REPEATED * runs
  );
}
