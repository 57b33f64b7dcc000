// Signing in, limits of time and dying connections: what a session promises whatever the server does to it.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Transport } from '../../../../src/connectors/threepl/profile/transport-settings.ts';
import {
  openSession,
  presentedHostKey,
  withSession,
} from '../../../../src/connectors/threepl/sftp/session.ts';
import { StockbridgeError } from '../../../../src/core/errors.ts';
import { newKeyPair } from '../../../../src/simulators/threepl/host-key.ts';
import {
  type SftpServer,
  type SftpUser,
  startSftpServer,
} from '../../../../src/simulators/threepl/sftp-server.ts';
import { transportTo } from './servers.ts';

const PASSWORD = 'correct-horse-9';
const KEY = newKeyPair();
const LOCKED_KEY = newKeyPair('staple');

let server: SftpServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function serverFor(user: Omit<SftpUser, 'user'>): Promise<SftpServer> {
  server = await startSftpServer({ users: [{ user: 'edi', ...user }] });
  return server;
}
const transportOf = (to: SftpServer, settings: Partial<Transport>): Transport =>
  transportTo(to.port, { hostKey: to.hostKey(), ...settings });
const failureOf = async (work: Promise<unknown>): Promise<StockbridgeError> => {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof StockbridgeError)) throw new Error(`no named failure: ${String(error)}`);
  return error;
};

describe('signing in', () => {
  test.each<[string, Omit<SftpUser, 'user'>, Partial<Transport>, string]>([
    ['a key', { publicKeys: [KEY.public] }, { privateKey: KEY.private }, 'publickey'],
    [
      'a key with a passphrase',
      { publicKeys: [LOCKED_KEY.public] },
      { privateKey: LOCKED_KEY.private, passphrase: 'staple' },
      'publickey',
    ],
    ['a password', { password: PASSWORD }, { password: PASSWORD }, 'password'],
    [
      'a password asked for as a question',
      { password: PASSWORD, asks: 'keyboard-interactive' },
      { password: PASSWORD },
      'keyboard-interactive',
    ],
  ])('works with %s, in one attempt', async (_name, user, settings, method) => {
    const to = await serverFor(user);
    const session = await openSession(transportOf(to, settings));
    await session.end();
    expect(to.signIns).toEqual([{ user: 'edi', method, accepted: true }]);
  });

  test('offers the password where the key is not enough', async () => {
    const to = await serverFor({ password: PASSWORD });
    await (await openSession(transportOf(to, { privateKey: KEY.private, password: PASSWORD }))).end();
    expect(to.signIns.at(-1)).toEqual({ user: 'edi', method: 'password', accepted: true });
  });

  test.each(['password', 'keyboard-interactive'] as const)(
    'offers a refused password once (%s), and says so without naming it',
    async (asks) => {
      const to = await serverFor({ password: PASSWORD, asks });
      const error = await failureOf(openSession(transportOf(to, { password: 'wrong-secret-1' })));
      expect(error).toMatchObject({ code: 'sign_in_refused', disposition: 'park' });
      expect(to.signIns).toEqual([{ user: 'edi', method: asks, accepted: false }]);
      expect(to.connections()).toBe(1);
      expect(JSON.stringify(said(error))).not.toContain('wrong-secret-1');
      expect(error.message).not.toContain('edi');
    },
  );

  test.each<[string, Partial<Transport>]>([
    ['no key at all', { privateKey: 'nonsense' }],
    ['a key whose passphrase is wrong', { privateKey: LOCKED_KEY.private, passphrase: 'other' }],
    ['a key whose passphrase is missing', { privateKey: LOCKED_KEY.private }],
  ])('parks on %s before anything is offered', async (_name, settings) => {
    const to = await serverFor({ publicKeys: [LOCKED_KEY.public] });
    const error = await failureOf(openSession(transportOf(to, settings)));
    expect(error).toMatchObject({ code: 'sign_in_refused', disposition: 'park' });
    expect(to.signIns).toEqual([]);
    expect(JSON.stringify(said(error))).not.toMatch(/nonsense|other|PRIVATE/);
  });

  test('sends no password to a server whose key changed', async () => {
    const to = await serverFor({ password: PASSWORD });
    const transport = transportOf(to, { password: PASSWORD });
    const changed = to.changeHostKey();
    const error = await failureOf(openSession(transport));
    expect(error).toMatchObject({ code: 'host_key_changed', disposition: 'park' });
    expect(error.message).toContain(changed);
    expect(to.signIns).toEqual([]);
  });

  test('shows the key a server presents without signing in', async () => {
    const to = await serverFor({ password: PASSWORD });
    expect(await presentedHostKey(transportTo(to.port, { password: PASSWORD }))).toBe(to.hostKey());
    expect(to.signIns).toEqual([]);
  });
});

describe('a server that is not there', () => {
  test('is tried again', async () => {
    const to = await serverFor({ password: PASSWORD });
    const transport = transportOf(to, { password: PASSWORD });
    await to.stop();
    server = undefined;
    const error = await failureOf(openSession(transport));
    expect(error).toMatchObject({ code: 'partner_unreachable', disposition: 'retry' });
    expect(error.message).toContain('nothing listens there');
    expect(await failureOf(presentedHostKey(transport))).toMatchObject({ code: 'partner_unreachable' });
  });

  test('or never speaks, is given up after the limit of time', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = address !== null && typeof address !== 'string' ? address.port : 0;
    const hostKey = `SHA256:${'A'.repeat(43)}`;
    const began = Date.now();
    const error = await failureOf(
      openSession(transportTo(port, { hostKey, password: PASSWORD, timeoutSeconds: 1 })),
    );
    expect(error).toMatchObject({ code: 'partner_unreachable' });
    expect(Date.now() - began).toBeLessThan(20_000);
    silent.close();
  });
});

describe('a session', () => {
  const opened = async (settings: Partial<Transport> = {}) => {
    const to = await serverFor({ password: PASSWORD });
    to.put('/out/a.csv', 'a');
    return { to, session: await openSession(transportOf(to, { password: PASSWORD, ...settings })) };
  };

  test('gives up an answer that is too late, and is dead from then on', async () => {
    const { to, session } = await opened({ timeoutSeconds: 1 });
    to.fail({ delayMs: 3000 });
    expect(await failureOf(session.list('/out', 10))).toMatchObject({ code: 'partner_unreachable' });
    to.fail({});
    expect(await failureOf(session.stat('/out/a.csv'))).toMatchObject({ code: 'partner_unreachable' });
    await session.end();
  });

  test('whose server goes away while nothing is asked throws nothing by itself, and says so when asked', async () => {
    const { to, session } = await opened();
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    process.on('uncaughtException', note);
    await to.stop();
    await sleep(100);
    process.off('uncaughtException', note);
    expect(uncaught).toEqual([]);
    expect(await failureOf(session.list('/out', 10))).toMatchObject({ code: 'partner_unreachable' });
    await session.end();
  });

  test('survives an answer no client can take', async () => {
    const { to, session } = await opened();
    to.fail({ floodBytes: 300 * 1024 });
    expect(await failureOf(session.read('/out/a.csv', 1))).toMatchObject({ code: 'partner_unreachable' });
    expect(await failureOf(session.stat('/out/a.csv'))).toMatchObject({ code: 'partner_unreachable' });
    await session.end();
  });

  test('ends quietly with a server that answers goodbye with a reset', async () => {
    const { to, session } = await opened();
    to.fail({ resetOnEnd: true });
    await expect(session.end()).resolves.toBeUndefined();
    await expect(session.end()).resolves.toBeUndefined();
  });

  test('lists no more than it is asked for, and says that there is more', async () => {
    const { to, session } = await opened();
    for (let each = 0; each < 450; each += 1) to.put(`/many/${each}.csv`, '');
    expect(await session.list('/many', 300)).toMatchObject({ more: true });
    expect((await session.list('/many', 300)).entries).toHaveLength(300);
    const whole = await session.list('/many', 450);
    expect(whole.more).toBe(false);
    expect(new Set(whole.entries.map(({ name }) => name)).size).toBe(450);
    await session.end();
  });

  test('tells links, folders and files apart, and does not follow links', async () => {
    const { to, session } = await opened();
    to.link('/out/link.csv', '/etc/passwd');
    to.makeFolder('/out/folder');
    const { entries } = await session.list('/out', 10);
    expect(entries.map(({ name, kind }) => `${kind} ${name}`).toSorted()).toEqual([
      'file a.csv',
      'folder folder',
      'link link.csv',
    ]);
    expect(await session.stat('/out/link.csv')).toMatchObject({ kind: 'link' });
    expect(await session.stat('/out/none.csv')).toBeUndefined();
    await session.end();
  });

  test('names what the server refused, and goes on', async () => {
    const { to, session } = await opened();
    to.fail({ deny: [{ operation: 'read', under: '/out' }] });
    expect(await failureOf(session.read('/out/a.csv', 1))).toMatchObject({
      code: 'partner_refused_file',
      details: { status: 3 },
    });
    expect(await failureOf(session.remove('/out/b.csv'))).toMatchObject({ details: { status: 2 } });
    expect(await session.stat('/out/a.csv')).toMatchObject({ size: 1 });
    await session.end();
  });

  test('reads no more than one byte beyond the size it was told, also in short pieces', async () => {
    const { to, session } = await opened();
    to.put('/out/b.csv', Buffer.alloc(5000, 'b'));
    to.fail({ shortReadBytes: 700 });
    expect(await session.read('/out/b.csv', 5000)).toHaveLength(5000);
    expect(await session.read('/out/b.csv', 4000)).toHaveLength(4001);
    expect(await session.read('/out/b.csv', 6000)).toHaveLength(5000);
    await session.end();
  });
});

test('one server is visited once at a time, also after a visit that failed', async () => {
  const to = await serverFor({ password: PASSWORD });
  const transport = transportOf(to, { password: PASSWORD });
  let inside = 0;
  let most = 0;
  const visit = (fails: boolean) =>
    withSession(transport, async (session) => {
      inside += 1;
      most = Math.max(most, inside);
      await session.list('/', 10);
      inside -= 1;
      if (fails) throw new Error('work failed');
    });
  const visits = await Promise.allSettled([visit(false), visit(true), visit(false)]);
  expect(visits.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(most).toBe(1);
});

const said = ({ message, details, stack, cause }: StockbridgeError) => ({ message, details, stack, cause });
