// `stockbridge start` ends cleanly when one Ctrl-C reaches it twice, as it does under npm, and at once when it is asked again.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const CLI = join(import.meta.dirname, '../../src/cli.ts');

let database: TestDatabase;
let directory: string;
beforeAll(async () => {
  database = await testDatabase();
  directory = await mkdtemp(join(tmpdir(), 'stockbridge-signals-'));
  await writeFile(
    join(directory, 'stockbridge.yaml'),
    stringify({
      database: { url: database.url },
      api: { port: 0 },
      connections: {
        playground: {
          connector: 'demo',
          settings: {
            url: 'http://127.0.0.1:9',
            apiKey: 'no key of a market',
            webhookSecret: 'no secret of a market',
          },
        },
      },
    }),
  );
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await database.drop();
});

/** A hub that runs, as a process of its own. */
async function started(): Promise<{ child: ChildProcess; said: () => string }> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const args = [CLI, '-c', join(directory, 'stockbridge.yaml'), 'start'];
  const child = spawn(process.execPath, args, { cwd: directory, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  for (const deadline = Date.now() + 45_000; !text.includes('Stockbridge runs'); await sleep(20))
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`it is not up:\n${text}`);
  return { child, said: () => text };
}

test('two signals within milliseconds are one wish to stop: what is under way is finished, and the exit code is 0', async () => {
  const { child, said } = await started();
  const closed = once(child, 'close');
  child.kill('SIGINT');
  await sleep(5);
  child.kill('SIGINT');
  expect(await closed).toEqual([0, null]);
  expect(said().match(/stopping; signal again to end at once/g)).toHaveLength(1);
}, 60_000);

test('a signal that comes a second later ends at once a hub that still waits for work under way', async () => {
  const { child, said } = await started();
  const port = Number(/"port":(\d+)/.exec(said())?.[1]);
  // A sender that never finishes: the hub gives it seconds before it goes on stopping.
  const sender = connect(port, '127.0.0.1').on('error', () => undefined);
  const isHeard = once(sender, 'data');
  const asked =
    'POST /hooks/playground HTTP/1.1\r\nhost: hub\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n';
  sender.write(asked);
  expect(String((await isHeard)[0])).toContain('100 Continue');
  sender.write('{');
  const closed = once(child, 'close');
  child.kill('SIGINT');
  // A second after it was heard, which on a busy machine is later than it was sent.
  while (!said().includes('stopping; signal again')) await sleep(20);
  await sleep(1_200);
  expect(child.exitCode).toBeNull();
  const askedAt = performance.now();
  child.kill('SIGTERM');
  expect(await closed).toEqual([1, null]);
  expect(performance.now() - askedAt).toBeLessThan(20_000);
  sender.destroy();
}, 60_000);
