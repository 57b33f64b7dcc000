// The columns of every import file: name, other names that are understood, what a cell may say. Docs are made from it.
// An empty cell in a column that may be left out means: as it is now, or the default for what is new.
import { z } from 'zod';
import { COST_COLUMNS } from '../costs/columns.ts';
import { instantSchema } from '../vocabulary/instant.ts';
import { positiveQuantitySchema, quantitySchema } from '../vocabulary/quantity.ts';
import { ITEM_KINDS, OWNERSHIPS } from '../vocabulary/words.ts';
import { code, column, flag, name, ourLocation, sku, state, unit, word } from './cells.ts';

const REAL_LOCATION_KINDS = ['warehouse', 'store', '3pl', 'transit'] as const;

const connection = column(code(40), 'The connection’s name in the configuration.', 'channel', 'store name');

export const COLUMNS = {
  items: z.object({
    sku: sku(),
    name: column(
      name,
      'What people call it.',
      'title',
      'description',
      'product name',
      'item name',
    ).optional(),
    kind: column(
      word(ITEM_KINDS),
      `One of ${ITEM_KINDS.join(', ')}; default finished.`,
      'type',
      'item type',
    ).optional(),
    base_unit: column(
      code(40),
      'The unit its stock is counted in; default each.',
      'unit',
      'uom',
      'stock unit',
    ).optional(),
  }),
  barcodes: z.object({
    sku: sku(),
    barcode: column(
      code(100),
      'One barcode of the item; an item may have several lines.',
      'code',
      'ean',
      'upc',
      'gtin',
    ),
  }),
  units: z.object({
    sku: sku(),
    unit: unit('Another unit the item is bought, moved or sold in.'),
    factor: column(
      positiveQuantitySchema,
      'How many base units one of it is: a case of 12 has 12.',
      'base units',
      'pack size',
      'conversion',
    ),
  }),
  kits: z.object({
    kit: column(
      code(200),
      'The SKU of the kit. All lines of a kit together are its whole content.',
      'kit sku',
      'bundle',
      'parent',
      'parent sku',
    ),
    component: column(
      code(200),
      'The SKU of one component; a component is never a kit itself.',
      'component sku',
      'child',
      'child sku',
    ),
    quantity: column(positiveQuantitySchema, 'Base units of the component in one kit.', 'qty', 'amount'),
  }),
  locations: z.object({
    code: column(
      code(100).refine(
        (text) => !text.startsWith('@'),
        'must not start with @; those locations belong to the hub',
      ),
      'Our short code of the location.',
      'location',
      'location code',
    ),
    name: column(name, 'What people call it.', 'title', 'location name').optional(),
    kind: column(
      word(REAL_LOCATION_KINDS),
      `One of ${REAL_LOCATION_KINDS.join(', ')}; default warehouse.`,
      'type',
      'location type',
    ).optional(),
    allows_negative: column(
      flag,
      'yes: stock there may go below zero; default no.',
      'negative',
      'allow negative',
    ).optional(),
    authority: column(
      code(40),
      'The one connection whose documents move stock here, e.g. the 3PL’s; `none`: every connection’s. Default none.',
      'authority connection',
      'moved by',
    ).optional(),
    ownership: column(
      word(OWNERSHIPS),
      'Whose the stock there is: own; consigned_out, ours for somebody else to sell; consigned_in, somebody else’s for us to sell. Default own.',
      'owner',
      'consignment',
    ).optional(),
  }),
  listings: z.object({
    connection,
    listing: column(
      code(200),
      'The listing’s id at the channel.',
      'external id',
      'listing id',
      'channel id',
      'inventory item id',
      'variation id',
    ),
    sku: sku('The SKU of our item that is sold there.'),
    factor: column(
      positiveQuantitySchema,
      'Base units of the item in one unit sold there; default 1.',
      'base units',
      'pack size',
    ).optional(),
    pushable: column(
      flag,
      'no: availability is never sent to it; default yes.',
      'push',
      'publish',
    ).optional(),
  }),
  bindings: z.object({
    connection,
    external_location: column(
      code(200),
      'The location’s id at the channel.',
      'external id',
      'channel location',
      'channel location id',
      'location id',
    ),
    location: column(
      code(100),
      'The code of our location where the channel’s documents move stock.',
      'location code',
      'code',
    ),
    name: column(name, 'What the channel calls it.', 'external name', 'channel location name').optional(),
  }),
  stock: z.object({
    sku: sku('The SKU of the item; not a kit.'),
    location: ourLocation,
    state,
    quantity: column(
      quantitySchema,
      'How many were counted, with a decimal point.',
      'qty',
      'on hand',
      'count',
      'stock',
    ),
    unit: unit('The unit counted in; default the base unit.').optional(),
    counted_at: column(
      instantSchema,
      'When it was counted, e.g. 2026-11-21T09:30:00Z; default the instant given to the cut-over.',
      'counted',
      'date',
    ).optional(),
  }),
  ...COST_COLUMNS,
} as const;

export type ImportKind = keyof typeof COLUMNS;
export type RowOf<Kind extends ImportKind> = z.infer<(typeof COLUMNS)[Kind]>;

export const IMPORT_KINDS = Object.keys(COLUMNS) as readonly ImportKind[];

/** One column as documents show it. */
export interface ColumnDescription {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly required: boolean;
  readonly description: string;
}

/** The columns of one kind, in order. */
export const columnsOf = (kind: ImportKind): readonly ColumnDescription[] => columnsIn(COLUMNS[kind]);

/** The columns that a row's shape names, in order. */
export const columnsIn = ({ shape }: z.ZodObject): readonly ColumnDescription[] =>
  Object.entries<z.ZodType>(shape as Record<string, z.ZodType>).map(([columnName, schema]) => {
    const inner = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
    const meta = inner.meta();
    return {
      name: columnName,
      aliases: (meta?.aliases as readonly string[] | undefined) ?? [],
      required: inner === schema,
      description: meta?.description ?? '',
    };
  });
