// What must be true of a Redis before the queues use it. The queues can be rebuilt, but one that drops jobs under
// pressure does so without a sign. It reads; it changes nothing.
import { Redis } from 'ioredis';
import type { Finding } from '../core/storage/boot-check.ts';
import { keepTextMethodsQuick } from './text-methods.ts';

keepTextMethodsQuick();

interface RedisSettings {
  /** Undefined where the server does not tell. */
  readonly maxmemoryPolicy: string | undefined;
  readonly appendonly: boolean | undefined;
  readonly appendfsync: string | undefined;
}

/** Everything that is wrong, the refusals first; an empty list means trust it. Throws only when the server cannot be asked. */
export async function redisCheck(client: Redis): Promise<Finding[]> {
  return redisFindings(await settingsOf(client));
}

/** Asks the Redis at an address, on a connection of its own. Throws when it does not answer within five seconds. */
export async function redisCheckAt(url: string): Promise<Finding[]> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await redisCheck(client);
  } finally {
    client.disconnect();
  }
}

/** What the settings say. Pure. */
export function redisFindings({ maxmemoryPolicy, appendonly, appendfsync }: RedisSettings): Finding[] {
  const found: Finding[] = [];
  if (maxmemoryPolicy !== undefined && maxmemoryPolicy !== 'noeviction') {
    found.push({
      code: 'redis_evicts',
      level: 'refuse',
      message: `Redis runs with maxmemory-policy ${maxmemoryPolicy}: it drops jobs when memory runs short. Set it to noeviction.`,
    });
  }
  if (appendonly === false) {
    found.push({
      code: 'redis_not_durable',
      level: 'refuse',
      message: 'Redis runs with appendonly no: a restart forgets every job. Set appendonly yes.',
    });
  } else if (appendfsync === 'no') {
    found.push({
      code: 'redis_not_durable',
      level: 'warn',
      message:
        'Redis runs with appendfsync no: a power cut forgets up to half a minute of jobs. Set it to everysec.',
    });
  }
  const hidden = [
    ...(maxmemoryPolicy === undefined ? ['maxmemory-policy (noeviction is needed)'] : []),
    ...(appendonly === undefined ? ['appendonly (yes is needed)'] : []),
    ...(appendonly && appendfsync === undefined ? ['appendfsync (everysec or always is needed)'] : []),
  ];
  if (hidden.length > 0) {
    found.push({
      code: 'redis_settings_hidden',
      level: 'warn',
      message: `This Redis does not let its settings be read. Make sure yourself of ${hidden.join(', ')}.`,
    });
  }
  return found;
}

async function settingsOf(client: Redis): Promise<RedisSettings> {
  const info = infoFields((await unlessForbidden(client.info())) ?? '');
  const [policy, appendonly, appendfsync] = [
    await configOf(client, 'maxmemory-policy'),
    await configOf(client, 'appendonly'),
    await configOf(client, 'appendfsync'),
  ];
  // Hosted services forbid CONFIG, but INFO tells the two that matter most.
  const aof = appendonly ?? info.get('aof_enabled');
  return {
    maxmemoryPolicy: policy ?? info.get('maxmemory_policy'),
    appendonly: aof === undefined ? undefined : aof === 'yes' || aof === '1',
    appendfsync,
  };
}

async function configOf(client: Redis, name: string): Promise<string | undefined> {
  const answer: unknown = await unlessForbidden(client.config('GET', name));
  return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined;
}

/** Undefined for NOPERM, or a command that the service took away; a lost connection is another matter. */
async function unlessForbidden<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return undefined;
    throw error;
  }
}

function infoFields(info: string): Map<string, string> {
  const pairs = info.split(/\r?\n/).flatMap((line) => {
    const at = line.indexOf(':');
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
  });
  return new Map(pairs);
}
