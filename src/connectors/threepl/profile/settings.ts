// The agreement with one partner: how files travel, how they are written, what the partner's words mean, and what is
// suspicious. Data only: nothing in it is run. The same file is the connection's settings, a test with its samples, and
// the source of the guide that the partner is sent.
import { z } from 'zod';
import { STOCK_STATES } from '../../../core/vocabulary/words.ts';
import { feedSchema } from './feed-settings.ts';
import { transportSchema } from './transport-settings.ts';

const IANA = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

const word = z.string().min(1).max(100);
const hours = z
  .number()
  .positive()
  .max(24 * 90);
const stockState = z.enum(STOCK_STATES);

/** Inbound documents a partner may send, by what they say. */
export const INBOUND_KINDS = ['shipment', 'receipt', 'adjustment', 'stock', 'despatch'] as const;
export type InboundKind = (typeof INBOUND_KINDS)[number];

const partySchema = z.strictObject({
  qualifier: z.string().max(4).describe('ISA05/ISA07 or UNB 0007; empty where none is agreed.').default('ZZ'),
  id: z.string().min(1).max(35).describe('The id as the interchange carries it, without padding.'),
});

const groupIdSchema = z
  .strictObject({
    us: z.string().min(1).max(15).describe('GS03 of what we receive and GS02 of what we send.'),
    them: z.string().min(1).max(15).describe('GS02 of what we receive and GS03 of what we send.'),
  })
  .describe('Ids of the group envelope where they differ from the interchange’s.');

export const x12Schema = z.strictObject({
  us: partySchema.describe('How the partner names us.'),
  them: partySchema.describe('How the partner names itself.'),
  group: groupIdSchema.optional(),
  version: z.enum(['004010', '005010']).describe('Version of what we send; both are read.').default('004010'),
  delimiters: z
    .strictObject({
      element: z.string().length(1).describe('Between elements.').default('*'),
      component: z.string().length(1).describe('Between components.').default('>'),
      segment: z.string().min(1).max(2).describe('After each segment.').default('~'),
      repetition: z.string().length(1).describe('Between repetitions, from version 00402 on.').default('^'),
    })
    .describe('Delimiters of what we send; what we receive names its own.')
    .prefault({}),
  newlines: z.boolean().describe('Whether a line break follows each segment we send.').default(false),
  test: z
    .boolean()
    .describe(
      'Whether ISA15 says test (`T`), in what we send and in what we take: a file that says the other is refused.',
    )
    .default(false),
  acknowledge: z.enum(['997', '999', 'none']).describe('How we acknowledge what we receive.').default('997'),
  interchangeAcknowledge: z
    .enum(['when_asked', 'always', 'never'])
    .describe('When we answer with a TA1.')
    .default('when_asked'),
  controlReuse: z
    .enum(['reject', 'allow'])
    .describe('What a new file under a control number already seen is: a fault, or usual with this partner.')
    .default('reject'),
  totals: z
    .enum(['ignore', 'warn', 'reject'])
    .describe('What a hash total (W03, W14, W76, CTT) that does not match means.')
    .default('warn'),
  bareDocuments: z.boolean().describe('Whether `ST…SE` without an envelope is taken.').default(false),
});

export const edifactSchema = z.strictObject({
  us: partySchema.describe('How the partner names us.'),
  them: partySchema.describe('How the partner names itself.'),
  version: z.enum(['D.96A', 'D.01B']).describe('Directory of what we send; both are read.').default('D.96A'),
  shippingOrder: z
    .enum(['ORDERS', 'INSDES'])
    .describe('Message a shipping order goes out as.')
    .default('ORDERS'),
  syntax: z.enum(['UNOA:2', 'UNOB:2', 'UNOC:3']).describe('Character set of what we send.').default('UNOC:3'),
  newlines: z.boolean().describe('Whether a line break follows each segment we send.').default(false),
  test: z
    .boolean()
    .describe(
      'Whether UNB11 says test (`1`), in what we send and in what we take: a file that says the other is refused.',
    )
    .default(false),
  acknowledge: z.enum(['CONTRL', 'none']).describe('How we acknowledge what we receive.').default('CONTRL'),
  controlReuse: z
    .enum(['reject', 'allow'])
    .describe(
      'What a new file under a control reference already seen is: a fault, or usual with this partner.',
    )
    .default('reject'),
  totals: z
    .enum(['ignore', 'warn', 'reject'])
    .describe('What a CNT total that does not match means.')
    .default('warn'),
});

/** How item ids are understood: which qualifiers count, in which order, and what they are to us. */
const itemSchema = z.strictObject({
  from: z
    .array(word)
    .min(1)
    .describe('Qualifiers or column names in the order they are tried: `SK`, `VN`, `UP`, `EN`, `sku`.')
    .default(['SK', 'VN', 'UP', 'UK', 'EN', 'sku']),
  as: z
    .enum(['sku', 'barcode', 'listing'])
    .describe('What the id is: our SKU, a barcode of the item, or the partner’s own id bound as a listing.')
    .default('sku'),
  to: z.string().max(4).describe('Qualifier under which our documents name items.').default('VN'),
});

const sources = z.array(word);

export const readingSchema = z.strictObject({
  lot: sources
    .describe('Where a lot is looked for, in order: `W12-09`, `W07-08`, `W19-09`, `N9:LT`, `LIN:LT`.')
    .default(['W12-09', 'W07-08', 'W19-09', 'N9:LT', 'LIN:LT', 'W13-04']),
  expiry: sources
    .describe('Where an expiry date is looked for: `G62:36`, `DTM:036`, `N9:LT-04`.')
    .default(['G62:36', 'DTM:036', 'DTM:36', 'DTM:361']),
  warehouse: sources
    .describe('Where the warehouse’s code is looked for: `N1:WH`, `N1:SF`, `NAD:WH`.')
    .default(['N1:WH', 'N1:SF', 'NAD:WH', 'NAD:SF', 'LOC:18']),
  damageIncluded: z
    .boolean()
    .describe('Whether W07-01 holds the damaged part (W13) too, or the good part only.')
    .default(true),
});

export const ADJUSTMENT_SIGNS = ['code', 'quantity', 'both-negative-ok'] as const;

const meaningSchema = z.strictObject({
  warehouses: z
    .record(
      word,
      z.strictObject({
        location: z.string().min(1).max(100).describe('Code of the location of the hub.'),
        inTransit: z
          .string()
          .min(1)
          .max(100)
          .describe(
            'Code of the location that holds what is on its way there; without it, receipts come from suppliers.',
          )
          .optional(),
      }),
    )
    .refine((all) => Object.keys(all).length > 0, 'needs at least one warehouse')
    .describe(
      'The partner’s warehouse codes. A document that names no warehouse is for the only one, if there is one.',
    ),
  units: z
    .record(word, word)
    .describe('The partner’s unit words as ours; a unit that is not here is taken by its own name.')
    .default({ EA: 'each', PCE: 'each', H87: 'each', CA: 'case', CT: 'case', CS: 'case' }),
  conditions: z
    .record(word, stockState)
    .describe('Conditions (W13-03, RCD08 and their like) as states of stock.')
    .default({ '01': 'damaged', '04': 'hold', '07': 'sellable', '09': 'hold', '06': 'damaged' }),
  reasons: z
    .record(
      word,
      z.union([
        z.strictObject({
          direction: z.enum(['increase', 'decrease', 'signed']).describe('What the code does to the stock.'),
        }),
        z.strictObject({
          from: stockState.describe('State before.'),
          to: stockState.describe('State afterwards.'),
        }),
      ]),
    )
    .describe('Adjustment reasons (W19-01 and their like) beyond those of the standard; these win.')
    .default({}),
  adjustmentSign: z
    .enum(ADJUSTMENT_SIGNS)
    .describe(
      'What decides when a code that has a direction meets a negative quantity: held for a person unless said here.',
    )
    .optional(),
  quantities: z
    .record(word, stockState)
    .describe(
      'Quantity codes of stock reports as states; codes that are not here are shown and not compared.',
    )
    .default({
      '33': 'sellable',
      '17': 'sellable',
      '145': 'sellable',
      QH: 'hold',
      '74': 'damaged',
      '124': 'damaged',
      onHand: 'sellable',
    }),
  customerReturns: stockState.describe('State of goods that come back from customers.').default('hold'),
});

const guardsSchema = z.strictObject({
  shrinkPercent: z
    .number()
    .min(0)
    .max(100)
    .describe('A full stock report with this many percent fewer lines than the last one is held.')
    .default(30),
  zeroPercent: z
    .number()
    .min(0)
    .max(100)
    .describe(
      'A stock report with more than this many percent of its lines at zero, that the ledger knows as stocked, is held.',
    )
    .default(20),
  largestQuantity: z
    .string()
    .regex(/^\d{1,12}$/)
    .describe('A line above this is held.')
    .default('100000'),
  empty: z.enum(['hold', 'ignore']).describe('What a file without a single line is.').default('hold'),
});

const lifecycleSchema = z.strictObject({
  acknowledgeWithinHours: hours.describe('How long an acknowledgement of what we sent may take.').default(4),
  shipWithinHours: hours
    .describe('How long the shipment’s advice may take after a shipping order.')
    .default(72),
  receiveWithinHours: hours
    .describe('How long the receipt’s advice may take after goods were due.')
    .default(24 * 7),
  holdOrdersMinutes: z
    .number()
    .min(0)
    .max(60 * 24 * 14)
    .describe('How long an order waits before it is sent, so that it can still be changed or cancelled here.')
    .default(15),
  orderChanges: z
    .enum(['replace', 'reorder', 'none'])
    .describe(
      'What is done when an order changes after it was sent and before any of it left: `replace` sends it again under its number, `reorder` cancels it and sends a new one once the partner has taken the cancellation, `none` leaves it to a person.',
    )
    .default('replace'),
  shipToRetentionDays: z
    .int()
    .min(1)
    .max(365)
    .describe('Days after shipment when the ship-to, which is personal data, is erased.')
    .default(30),
  fileRetentionDays: z
    .int()
    .min(1)
    .max(3650)
    .describe(
      'Days after which the contents of the partner’s files are erased. Their hashes, names and documents stay.',
    )
    .default(180),
});

export const profileSchema = z
  .strictObject({
    partner: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,39}$/)
      .describe('The partner’s short name.'),
    title: z.string().min(1).max(100).describe('The partner’s name for people.'),
    version: z
      .int()
      .min(1)
      .describe('Raise it with every change, so that a file can be traced to the agreement it was read by.'),
    timeZone: z
      .string()
      .refine(IANA, 'must be a time zone such as America/Chicago')
      .describe('Zone of dates and times that name none.'),
    transport: transportSchema
      .describe('How files travel. Without it, files are handed in by API and command line only.')
      .optional(),
    format: z.enum(['x12', 'edifact', 'csv', 'xml']).describe('What the partner’s files are written in.'),
    x12: x12Schema.describe('The X12 envelope.').optional(),
    edifact: edifactSchema.describe('The EDIFACT envelope.').optional(),
    feeds: z.array(feedSchema).describe('CSV and XML files: which columns or paths say what.').default([]),
    items: itemSchema.describe('How items are named.').prefault({}),
    reading: readingSchema.describe('Where a document’s details are looked for.').prefault({}),
    meaning: meaningSchema.describe('What the partner’s words mean here.'),
    guards: guardsSchema.describe('What is held for a person instead of believed.').prefault({}),
    lifecycle: lifecycleSchema.describe('By when what is due.').prefault({}),
    intakeToken: z
      .string()
      .min(24)
      .max(200)
      .meta({ secret: true })
      .describe('Token with which files may be handed in at `/files/<connection>`. Without it, nobody may.')
      .optional(),
    encryptionKey: z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}=$/, 'must be 32 bytes in base64; make one with `stockbridge key`')
      .meta({ secret: true })
      .describe('Key under which ship-to addresses are stored. Without it no shipping orders are made.')
      .optional(),
  })
  .superRefine((profile, context) => {
    const need = (path: string, present: boolean, message: string) => {
      if (!present) context.addIssue({ code: 'custom', path: [path], message });
    };
    need('x12', profile.format !== 'x12' || profile.x12 !== undefined, 'is needed for the format x12');
    need(
      'edifact',
      profile.format !== 'edifact' || profile.edifact !== undefined,
      'is needed for the format edifact',
    );
    const isFeed = profile.format === 'csv' || profile.format === 'xml';
    need(
      'feeds',
      !isFeed || profile.feeds.length > 0,
      `needs at least one entry for the format ${profile.format}`,
    );
  });

export type Profile = z.infer<typeof profileSchema>;
export type Reading = Profile['reading'];
