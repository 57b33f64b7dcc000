// BullMQ on Redis: one connection for all producers, which fails fast; one for each worker, which waits.
// It refuses to judge how Redis is configured; the boot check does.
import { createRedisBackend } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import type { Attachment, QueueConnections } from './queue-connections.ts';
import type { QueueLog } from './queue-log.ts';
import { BurstRedis } from './redis-bursts.ts';
import { keepTextMethodsQuick } from './text-methods.ts';

keepTextMethodsQuick();

const shared = {
  connectTimeout: 5_000,
  keepAlive: 10_000,
  retryStrategy: (times: number) => Math.min(times * 200, 2_000),
} satisfies RedisOptions;
const producing = {
  ...shared,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 2,
  commandTimeout: 5_000,
  socketTimeout: 10_000,
} satisfies RedisOptions;
/** A blocking read is answered within five seconds, so a socket silent for thirty is dead (a failover leaves such). */
const consuming = { ...shared, maxRetriesPerRequest: null, socketTimeout: 30_000 } satisfies RedisOptions;

/** Connects the producers and proves that Redis answers; throws what ioredis throws when it does not. */
export async function connectRedis(redisUrl: string, log: QueueLog): Promise<QueueConnections> {
  const producer = new Redis(redisUrl, { ...producing, lazyConnect: true });
  producer.on('error', (error) => log.warn({ error: error.message }, 'the queue cannot reach Redis'));
  try {
    await producer.connect();
  } catch (error) {
    producer.disconnect();
    throw error;
  }
  return {
    kind: 'redis',
    producer: () => attach(producer, () => undefined),
    consumer: () => {
      const connection = new BurstRedis(redisUrl, consuming);
      connection.on('error', (error) => log.warn({ error: error.message }, 'a worker cannot reach Redis'));
      return attach(connection, () => connection.disconnect());
    },
    close: async () => producer.disconnect(),
  };
}

const attach = (connection: Redis, release: () => void): Attachment => ({
  factory: (name, options, extra) => createRedisBackend(name, { ...options, connection }, extra),
  release,
});
