// What a notification or a line of the change log points at. It is a hint that something was touched, never a fact: both
// forms of Intuit's notifications, and our own poll events, are read into the same shape.
import { z } from 'zod';
import { type Instant, instantFrom } from '../../core/vocabulary/instant.ts';
import { dedupeKeyOf } from '../toolkit/event-names.ts';
import { readJson } from '../toolkit/json.ts';
import { idText } from './wire.ts';

export interface Hint {
  readonly dedupeKey: string;
  /** Lower case, e.g. `journalentry`. */
  readonly entity: string;
  /** Lower case past tense, e.g. `updated`. */
  readonly operation: string;
  readonly realm: string;
  readonly id: string;
  readonly occurredAt: Instant | undefined;
}

const cloudEvent = z.object({
  specversion: z.string(),
  id: z.string().min(1),
  /** `qbo.journalentry.updated.v1` */
  type: z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+(\.v\d+)?$/),
  time: z.string().optional().catch(undefined),
  intuitentityid: idText,
  intuitaccountid: idText,
});

const legacy = z.object({
  eventNotifications: z
    .array(
      z.object({
        realmId: idText,
        dataChangeEvent: z.object({
          entities: z.array(
            z.object({
              id: idText,
              operation: z.string().min(1),
              name: z.string().min(1),
              lastUpdated: z.string().optional().catch(undefined),
            }),
          ),
        }),
      }),
    )
    .min(1),
});

/** The body of an event that the poll makes. */
export const polledBody = z.object({
  polled: z.literal(true),
  realm: z.string(),
  entity: z.string(),
  id: z.string(),
  operation: z.string(),
  lastUpdated: z.string().optional(),
  /** Its SyncToken: times are whole seconds, and somebody may edit twice in one. */
  version: z.string().optional(),
});
export type PolledBody = z.infer<typeof polledBody>;

/** Every hint in a body, each once; undefined when it cannot be read as a whole. */
export function hintsIn(body: Buffer): readonly Hint[] | undefined {
  const read = readJson(body, { brokenText: 'keep' });
  if (!read.ok) return undefined;
  const hints = fromPoll(read.value) ?? fromCloudEvents(read.value) ?? fromLegacy(read.value);
  if (hints === undefined) return undefined;
  return [...new Map(hints.map((hint) => [hint.dedupeKey, hint])).values()];
}

function fromPoll(value: unknown): Hint[] | undefined {
  const read = polledBody.safeParse(value);
  if (!read.success) return undefined;
  const { realm, entity, id, operation, lastUpdated, version } = read.data;
  return [hintOf(realm, entity, id, operation, lastUpdated, version)];
}

function fromCloudEvents(value: unknown): Hint[] | undefined {
  const read = z.union([z.array(cloudEvent).min(1), cloudEvent.transform((one) => [one])]).safeParse(value);
  if (!read.success) return undefined;
  return read.data.map(({ id, type, time, intuitentityid, intuitaccountid }) => {
    const [, entity = '', operation = ''] = type.toLowerCase().split('.');
    return {
      dedupeKey: dedupeKeyOf(id),
      entity,
      operation,
      realm: intuitaccountid,
      id: intuitentityid,
      occurredAt: instantOrNothing(time),
    };
  });
}

function fromLegacy(value: unknown): Hint[] | undefined {
  const read = legacy.safeParse(value);
  if (!read.success) return undefined;
  const hints = read.data.eventNotifications.flatMap(({ realmId, dataChangeEvent }) =>
    dataChangeEvent.entities.map(({ id, operation, name, lastUpdated }) =>
      hintOf(realmId, name, id, operation, lastUpdated),
    ),
  );
  return hints.length === 0 ? undefined : hints;
}

const PAST: Readonly<Record<string, string>> = {
  create: 'created',
  update: 'updated',
  delete: 'deleted',
  merge: 'merged',
  void: 'voided',
  emailed: 'emailed',
};

/** A hint without an id of its own is known by what it says. */
function hintOf(
  realm: string,
  name: string,
  id: string,
  operation: string,
  lastUpdated: string | undefined,
  version?: string,
): Hint {
  const entity = name.toLowerCase();
  const done = PAST[operation.toLowerCase()] ?? operation.toLowerCase();
  const at = instantOrNothing(lastUpdated);
  return {
    dedupeKey: dedupeKeyOf(
      `${realm}/${entity}/${id}/${done}/${at ?? lastUpdated ?? ''}${version === undefined ? '' : `/${version}`}`,
    ),
    entity,
    operation: done,
    realm,
    id,
    occurredAt: at,
  };
}

function instantOrNothing(text: string | undefined): Instant | undefined {
  try {
    return text === undefined ? undefined : instantFrom(text);
  } catch {
    return undefined;
  }
}
