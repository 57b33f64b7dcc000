// How files travel to and from a partner: the server, the proof of who it is, the folders, and when a file is complete.
import { z } from 'zod';

const folder = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\0]*$/)
  .refine((path) => !path.split('/').includes('..'), 'must not contain `..`');

/** When a file may be taken: nobody can see on a server that its writer has finished. */
const readySchema = z.discriminatedUnion('mode', [
  z.strictObject({
    mode: z
      .literal('rename')
      .describe('The partner writes under another name and renames: what matches is complete.'),
  }),
  z.strictObject({
    mode: z.literal('stable').describe('Complete once size and time have not changed for a while.'),
    seconds: z.number().min(0).max(3600).describe('How long they must be the same.').default(60),
  }),
  z.strictObject({
    mode: z.literal('doneFile').describe('Complete once a second file stands beside it.'),
    suffix: z
      .string()
      .min(1)
      .max(20)
      .describe('Put behind the name, or in place of its extension.')
      .default('.done'),
  }),
]);

const inboundFolder = z.strictObject({
  folder: folder.describe('Folder on the server.'),
  files: z
    .string()
    .min(1)
    .max(200)
    .describe(
      'Names to take, with `*` and `?`; upper and lower case are one. `{sequence}` and `{time}` stand for digits that say in which order files are read.',
    )
    .default('*'),
  ready: readySchema.describe('When a file is complete.').default({ mode: 'stable', seconds: 60 }),
  after: z
    .enum(['archive', 'delete', 'leave'])
    .describe('What happens to a file once it is stored here.')
    .default('archive'),
  archive: folder
    .refine((path) => !/^(\.?\/)*\.?$/.test(path), 'must be another folder')
    .describe('Where `archive` moves it; a relative one is inside the folder.')
    .default('archive'),
});

const outbound = z.strictObject({
  folder: folder.describe('Folder on the server for what we send.'),
  temporary: z
    .string()
    .min(1)
    .max(200)
    .includes('{name}')
    .refine((name) => name !== '{name}', 'must differ from the final name')
    .describe('Name while a file is being written.')
    .default('.{name}.part'),
  name: z
    .string()
    .min(1)
    .max(200)
    .describe('Name of a file: `{type}`, `{number}`, `{control}`, `{date}` and `{time}` are filled in.')
    .default('{type}_{number}_{control}.txt'),
});

export const transportSchema = z.strictObject({
  kind: z.literal('sftp').describe('The protocol.').default('sftp'),
  host: z.string().min(1).max(255).describe('The server.'),
  port: z.int().min(1).max(65535).describe('Port of the server.').default(22),
  user: z.string().min(1).max(100).describe('Who we sign in as.'),
  privateKey: z
    .string()
    .min(1)
    .meta({ secret: true })
    .describe('Private key in OpenSSH or PEM form; best from the environment.')
    .optional(),
  passphrase: z.string().min(1).meta({ secret: true }).describe('Of the private key.').optional(),
  password: z.string().min(1).meta({ secret: true }).describe('Where the partner has no keys.').optional(),
  hostKey: z
    .string()
    .regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'must be a fingerprint such as SHA256:… of 43 characters')
    .describe(
      'Fingerprint of the server’s key. Without it nothing is exchanged; `stockbridge partner trust` shows the one the server has.',
    )
    .optional(),
  in: z.array(inboundFolder).describe('Where files are taken from.').default([]),
  out: outbound.describe('Where files are put.').optional(),
  everySeconds: z.number().min(1).max(86_400).describe('How often the server is looked at.').default(300),
  timeoutSeconds: z.number().min(1).max(600).describe('How long one operation may take.').default(60),
  largestFileBytes: z
    .int()
    .min(1024)
    .max(256 * 1024 * 1024)
    .describe('A larger file is not taken.')
    .default(50 * 1024 * 1024),
});

export type Transport = z.infer<typeof transportSchema>;
export type InboundFolder = Transport['in'][number];
export type OutboundFolder = NonNullable<Transport['out']>;
