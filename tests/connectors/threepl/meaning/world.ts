// Short ways to say a document and a profile in the tests of what documents mean.
import type {
  AdjustmentAdvice,
  DespatchNotice,
  ReceiptAdvice,
  ShipmentAdvice,
  StockReport,
  WarehouseDocument,
} from '../../../../src/connectors/threepl/documents/document.ts';
import { meaningOf } from '../../../../src/connectors/threepl/meaning/meaning.ts';
import { type Profile, profileSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import type { Facts, ReportedMovement, ReportedPlace } from '../../../../src/core/vocabulary/facts.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';

interface Changes {
  readonly meaning?: object;
  readonly items?: object;
  readonly reading?: object;
  readonly guards?: object;
}

/** A partner with one warehouse, DAL, which is our DALLAS. */
export const profile = ({ meaning, items, reading, guards }: Changes = {}): Profile =>
  profileSchema.parse({
    partner: 'north',
    title: 'North Warehouses',
    version: 1,
    timeZone: 'America/Chicago',
    format: 'x12',
    x12: { us: { id: 'US' }, them: { id: 'THEM' } },
    meaning: { warehouses: { DAL: { location: 'DALLAS' } }, ...meaning },
    ...(items && { items }),
    ...(reading && { reading }),
    ...(guards && { guards }),
  });

export const IN_TRANSIT = { warehouses: { DAL: { location: 'DALLAS', inTransit: 'AT-SEA' } } };

export const AS_OF = instantFrom('2026-11-22T18:00:00Z');

const HEAD = {
  purpose: 'original',
  occurredAt: AS_OF,
  warehouse: 'DAL',
  order: '',
  references: {},
} as const;

export const each = (value: string | number, unit = 'EA') => ({ value: String(value), unit });
export const sku = (value: string) => [{ qualifier: 'SK', value }];

type LineOf<Document extends WarehouseDocument> = Document['lines'][number];
/** A line of which only what matters is given; lines are numbered from 1. */
type Given<Document extends WarehouseDocument, Rest extends keyof LineOf<Document>> = Omit<
  LineOf<Document>,
  Rest
> &
  Partial<Pick<LineOf<Document>, Rest>>;

export const shipment = (
  lines: readonly Given<ShipmentAdvice, 'line' | 'reversal' | 'tracking'>[],
  given: Partial<ShipmentAdvice> = {},
): ShipmentAdvice => ({
  ...HEAD,
  kind: 'shipment',
  source: '945',
  number: 'SHP-1',
  tracking: [],
  lines: lines.map((line, index) => ({ line: `${index + 1}`, reversal: false, tracking: [], ...line })),
  ...given,
});

export const receipt = (
  lines: readonly Given<ReceiptAdvice, 'line' | 'reversal' | 'exceptions'>[],
  given: Partial<ReceiptAdvice> = {},
): ReceiptAdvice => ({
  ...HEAD,
  kind: 'receipt',
  source: '944',
  number: 'RC-7001',
  isReturn: false,
  exceptionsOnly: false,
  lines: lines.map((line, index) => ({ line: `${index + 1}`, reversal: false, exceptions: [], ...line })),
  ...given,
});

export const adjustment = (
  lines: readonly Given<AdjustmentAdvice, 'line'>[],
  given: Partial<AdjustmentAdvice> = {},
): AdjustmentAdvice => ({
  ...HEAD,
  kind: 'adjustment',
  source: '947',
  number: 'ADJ-31',
  lines: lines.map((line, index) => ({ line: `${index + 1}`, ...line })),
  ...given,
});

export const stock = (
  lines: readonly Given<StockReport, 'line'>[],
  given: Partial<StockReport> = {},
): StockReport => ({
  ...HEAD,
  kind: 'stock',
  source: '846',
  number: 'INV-1',
  extent: 'full',
  lines: lines.map((line, index) => ({ line: `${index + 1}`, ...line })),
  ...given,
});

export const despatch = (
  lines: readonly Given<DespatchNotice, 'line'>[],
  given: Partial<DespatchNotice> = {},
): DespatchNotice => ({
  ...HEAD,
  kind: 'despatch',
  source: '856',
  number: 'DES-1',
  lines: lines.map((line, index) => ({ line: `${index + 1}`, ...line })),
  ...given,
});

/** The facts of a document that has some. */
export function factsOf(document: WarehouseDocument, own = profile()): Facts {
  const meaning = meaningOf(document, own);
  if (meaning.outcome !== 'facts') throw new Error(meaning.reason);
  return meaning.facts;
}

/** What a document that has no facts is answered with. */
export function refusalOf(document: WarehouseDocument, own = profile()) {
  const meaning = meaningOf(document, own);
  if (meaning.outcome === 'facts') throw new Error('it has facts');
  return meaning;
}

/** Movements as `TEE 20 each lot L1: DALLAS sellable → @customer`. */
export const told = (document: WarehouseDocument, own = profile()): string[] =>
  factsOf(document, own).movements.flatMap((movement) => linesTold(movement));

const linesTold = (movement: ReportedMovement): string[] =>
  movement.lines.map((line) => {
    const name = line.item.sku ?? line.item.barcode ?? line.item.listing;
    const lot = line.lot === undefined ? '' : ` lot ${line.lot}`;
    return `${movement.type} ${name} ${line.quantity} ${line.unit ?? 'units'}${lot}: ${placeTold(line.from)} → ${placeTold(line.to)}`;
  });

function placeTold(place: ReportedPlace): string {
  if ('virtual' in place) return `@${place.virtual}`;
  return `${'code' in place ? place.code : place.location}${place.state === undefined ? '' : ` ${place.state}`}`;
}
