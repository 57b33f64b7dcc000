// What a stored document means, once the guards have nothing against it. The document was read when its file came; what the
// partner's words mean is looked up now, so that a mended profile is used when an event is replayed.
import type { InboundNotice } from '../../core/vocabulary/warehouse.ts';
import type { ConnectionContext, ConnectionState, Interpretation, StoredEvent } from '../contract.ts';
import { ignored, quarantined } from '../toolkit/interpretation.ts';
import type { DespatchNotice, WarehouseDocument } from './documents/document.ts';
import { type GuardHistory, guard } from './meaning/guards.ts';
import { meaningOf } from './meaning/meaning.ts';
import type { Profile } from './profile/settings.ts';

type Memory = Pick<ConnectionContext<Profile>, 'state' | 'stocked'>;

export async function interpretDocument(
  event: StoredEvent,
  profile: Profile,
  memory: { readonly state: ConnectionState; readonly stocked: Memory['stocked'] | undefined },
): Promise<Interpretation> {
  const { state } = memory;
  if (event.topic === 'unreadable')
    return quarantined(
      'content_invalid',
      'the file was refused as it came; once the profile is mended, take the same bytes again: stockbridge partner fetch, then partner receive. Or ask the partner for a right one',
    );
  if (event.topic === 'acknowledgement') return ignored('it acknowledges what was sent');
  const document = documentIn(event);
  if (document === undefined) return quarantined('body_malformed', 'the stored document cannot be read');
  const released = event.headers.released !== undefined;
  if (released) return carried(document, profile, state, { released });
  const verdict = guard(document, profile, {
    receivedAt: event.receivedAt,
    ...(await historyOf(document, state)),
    ...(await stockOf(document, profile, memory.stocked)),
  });
  if (verdict.held) return quarantined('held_by_guard', verdict.reasons.join('; '));
  return carried(document, profile, state, { released });
}

async function carried(
  document: WarehouseDocument,
  profile: Profile,
  state: ConnectionState,
  { released }: { readonly released: boolean },
): Promise<Interpretation> {
  const interpretation = meaningOf(document, profile);
  if (document.kind === 'stock' && document.extent === 'full' && interpretation.outcome === 'facts')
    await remember(document, state, { released });
  return interpretation;
}

/** What the ledger has at the places the document counts, for the guard against emptied shelves. */
async function stockOf(
  document: WarehouseDocument,
  profile: Profile,
  stocked: Memory['stocked'] | undefined,
): Promise<Pick<GuardHistory, 'stocked'>> {
  if (document.kind !== 'stock' || !stocked) return {};
  const codes = new Set([
    document.warehouse,
    ...document.lines.map((line) => line.warehouse ?? document.warehouse),
  ]);
  const places = Object.entries(profile.meaning.warehouses).filter(
    ([code], _index, all) => codes.has(code) || all.length === 1,
  );
  const sets = await Promise.all(places.map(([, { location }]) => stocked(location)));
  return { stocked: (ids) => sets.some((names) => ids.some((id) => names.has(id.value))) };
}

interface LastFull {
  readonly lines: number;
  readonly asOf: WarehouseDocument['occurredAt'];
}

const keyOf = (document: WarehouseDocument): string => `last stock report ${document.warehouse}`;

async function historyOf(
  document: WarehouseDocument,
  state: ConnectionState,
): Promise<{ lastFull?: LastFull }> {
  if (document.kind !== 'stock') return {};
  const stored = await state.read(keyOf(document));
  return stored === undefined || stored === null ? {} : { lastFull: stored as LastFull };
}

/**
 * The newest full report is what the next one is measured by; and so is one that a person has released, though it is older: then
 * what was newer is not to be believed.
 */
async function remember(
  document: WarehouseDocument,
  state: ConnectionState,
  { released }: { readonly released: boolean },
): Promise<void> {
  const { lastFull } = await historyOf(document, state);
  if (document.kind !== 'stock' || (!released && lastFull && lastFull.asOf >= document.occurredAt)) return;
  await state.write(keyOf(document), { lines: document.lines.length, asOf: document.occurredAt });
}

/** Documents were checked when they were read; what we announced ourselves becomes goods on their way. */
function documentIn(event: StoredEvent): WarehouseDocument | undefined {
  try {
    const value = JSON.parse(event.body.toString('utf8')) as WarehouseDocument | InboundNotice;
    return value.kind === 'inbound_notice' ? despatchOf(value) : value;
  } catch {
    return undefined;
  }
}

const despatchOf = (notice: InboundNotice): DespatchNotice => ({
  kind: 'despatch',
  source: 'inbound notice',
  number: notice.number,
  purpose: 'original',
  occurredAt: notice.shippedAt,
  warehouse: notice.warehouse,
  order: notice.number,
  references: notice.supplier === undefined ? {} : { supplier: notice.supplier },
  lines: notice.lines.map((line) => ({
    line: line.line,
    ids: line.ids,
    ...(line.lot === undefined ? {} : { lot: line.lot }),
    shipped: line.quantity,
  })),
});
