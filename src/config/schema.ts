// Every setting of the hub itself, with its limits, its default and one sentence; pages and editor help are made from it.
// What a connection's `settings` may hold is its connector's knowledge and is not known here.
import { z } from 'zod';
import { policySchema } from '../core/availability/policy.ts';
import { booksSchema } from '../core/journals/rules.ts';
import { instantSchema } from '../core/vocabulary/instant.ts';

export const ROLES = ['api', 'poll', 'interpret', 'post', 'push', 'relay', 'exchange', 'value'] as const;
export type Role = (typeof ROLES)[number];

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const CONNECTION_NAME = /^[a-z][a-z0-9-]{0,39}$/;

const address = (protocols: readonly string[], example: string) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be an address such as ${example}`,
    );

const concurrency = (maximum: number) => z.int().min(1).max(maximum);

const databaseSchema = z.strictObject({
  url: address(['postgres:', 'postgresql:'], 'postgresql://user:password@host:5432/name')
    .meta({ secret: true })
    .describe('PostgreSQL to use. Default: DATABASE_URL, else the embedded one under `data`.')
    .optional(),
  poolSize: z
    .int()
    .min(2)
    .max(200)
    .describe('Connections to PostgreSQL that one process may hold.')
    .default(10),
});

const redisSchema = z.strictObject({
  url: address(['redis:', 'rediss:'], 'redis://host:6379/0')
    .meta({ secret: true })
    .describe(
      'Redis that carries the queues. Default: REDIS_URL, else PostgreSQL carries them and no Redis is needed.',
    )
    .optional(),
});

const apiSchema = z.strictObject({
  host: z
    .string()
    .min(1)
    .describe('Address to listen on; 0.0.0.0 listens on all. Environment: HOST.')
    .default('127.0.0.1'),
  port: z
    .int()
    .min(0)
    .max(65535)
    .describe('Port to listen on; 0 takes any free one. Environment: PORT.')
    .default(8080),
  publicUrl: address(['http:', 'https:'], 'https://stock.example.com')
    .refine((text) => !/[?#]/.test(text), 'must have no query and no fragment')
    .transform((text) => text.replace(/\/+$/, ''))
    .describe(
      'How senders of webhooks reach this hub, exactly as registered with them. Default: http://127.0.0.1 and the port.',
    )
    .optional(),
  maxBodyBytes: z
    .int()
    .min(1024)
    .max(100 * 1024 * 1024)
    .describe('Largest body a sender may send; a larger one is answered with 413.')
    .default(10 * 1024 * 1024),
});

const inboxSchema = z.strictObject({
  retentionDays: z
    .int()
    .min(1)
    .max(36_500)
    .describe(
      'Days after which the bytes of an applied or ignored event are erased; its key, hash and times stay. The default lets a whole year be explained to the bytes while it is being closed. Ten years are 3653.',
    )
    .default(400),
});

const workersSchema = z.strictObject({
  roles: z
    .array(z.enum(ROLES))
    .min(1)
    .describe('What this process does. Default: everything.')
    .default([...ROLES]),
  interpretConcurrency: concurrency(64).describe('Groups of events translated at the same time.').default(4),
  postConcurrency: concurrency(16).describe('Batches of movements posted at the same time.').default(2),
  pushConcurrency: concurrency(64)
    .describe('Batches of availability sent at the same time, over all connections.')
    .default(4),
  shutdownDeadlineMs: z
    .int()
    .min(1000)
    .max(600_000)
    .describe(
      'How long a stopping process waits for work under way, in milliseconds; what is left is done after the restart.',
    )
    .default(25_000),
});

const logSchema = z.strictObject({
  level: z
    .enum(LOG_LEVELS)
    .describe('The least severe line that is written. Environment: LOG_LEVEL.')
    .default('info'),
});

const connectionSchema = z.strictObject({
  connector: z.string().min(1).describe('The kind of outside system, by its connector’s name.'),
  settings: z
    .record(z.string(), z.unknown())
    .describe('What this connector needs to know; see the connector’s own page.')
    .default({}),
  settingsFile: z
    .string()
    .min(1)
    .max(500)
    .describe('A YAML file with the settings, instead of them; relative to this file.')
    .optional(),
  cutover: instantSchema
    .describe(
      'Documents at or before this instant never move stock; written here, it cuts the connection over as soon as the hub starts, without opening stock. Default: set by `stockbridge cutover`; until then events wait. Connections that only keep books need none.',
    )
    .optional(),
  policy: policySchema
    .describe(
      'What this channel may sell; `{}` takes the defaults. Leave it out for a connection that does not sell.',
    )
    .optional(),
});

export const configSchema = z.strictObject({
  data: z
    .string()
    .min(1)
    .describe(
      'Folder of the embedded PostgreSQL, relative to where the process starts. `--data` on the command line wins. Environment: STOCKBRIDGE_DATA.',
    )
    .default('./.stockbridge'),
  database: databaseSchema.describe('Where the truth is kept.').prefault({}),
  redis: redisSchema.describe('Where the queues are, when not in PostgreSQL.').prefault({}),
  api: apiSchema.describe('The HTTP side: webhooks and the API.').prefault({}),
  inbox: inboxSchema.describe('What came from outside, as it came.').prefault({}),
  workers: workersSchema.describe('The work of this process.').prefault({}),
  log: logSchema.describe('The log on standard error, one JSON object a line.').prefault({}),
  books: booksSchema.describe('How stock is valued and booked. Without it nothing is valued.').optional(),
  connections: z
    .record(
      z.string().regex(CONNECTION_NAME, 'must start with a letter and have at most 40 of a-z, 0-9 and -'),
      connectionSchema,
    )
    .describe('The outside systems, each under a name of its own; the name is part of its webhook address.')
    .default({}),
});

/** Settings that an environment variable gives when the file does not. */
export const ENVIRONMENT: Readonly<Record<string, readonly [string, string?]>> = {
  DATABASE_URL: ['database', 'url'],
  REDIS_URL: ['redis', 'url'],
  STOCKBRIDGE_DATA: ['data'],
  HOST: ['api', 'host'],
  PORT: ['api', 'port'],
  LOG_LEVEL: ['log', 'level'],
};
