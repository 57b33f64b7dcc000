// What is asked of Redis in one turn of the event loop leaves in one write, and nothing waits longer than that turn.
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BurstRedis } from '../../src/workers/redis-bursts.ts';
import { redisIsInstalled, startRedis, type TestRedis } from '../support/redis.ts';

describe.skipIf(!(await redisIsInstalled()))('commands of one turn', () => {
  let server: TestRedis;
  let redis: BurstRedis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new BurstRedis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    await redis.ping();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  test('are held until it is over, then leave together and are answered in order', async () => {
    const { stream } = redis;
    const sentBefore = stream.bytesWritten - stream.writableLength;
    const answers = ['a', 'b', 'c'].map((text) => redis.echo(text));
    expect(stream.writableCorked).toBe(1);
    expect(stream.bytesWritten - stream.writableLength).toBe(sentBefore);
    await nextTurn();
    expect(stream.writableCorked).toBe(0);
    expect(stream.writableLength).toBe(0);
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c']);
  });

  test('of callbacks that follow each other in that turn too', async () => {
    const { stream } = redis;
    const held: number[] = [];
    const ask = async (text: string) => {
      await Promise.resolve();
      const answer = redis.echo(text);
      held.push(stream.writableCorked);
      return answer;
    };
    expect(await Promise.all([ask('a'), ask('b').then(() => ask('c')), ask('d')])).toEqual(['a', 'c', 'd']);
    expect(held).toEqual([1, 1, 1, 1]);
    expect(stream.writableCorked).toBe(0);
  });

  test('are sent anew when the connection breaks before the turn is over', async () => {
    const ready = once(redis, 'ready');
    const { stream } = redis;
    const answer = redis.echo('again');
    stream.destroy();
    expect(await answer).toBe('again');
    await ready;
    expect(redis.stream).not.toBe(stream);
    expect(await redis.echo('after')).toBe('after');
    expect(redis.stream.writableCorked).toBe(0);
  });
});
