// What each lever accepts, checked once where a request enters over HTTP.
import { z } from 'zod';
import { storedStates } from './shop/book.ts';
import { holdReasons, paymentStatuses } from './shop/order-types.ts';

const sku = z.string().describe("the variant's sku, or for an existing order a line's gid");
const quantity = z.int().positive();
const location = z.string().describe('name or gid of a location');
const order = z.string().describe("an order's gid or name, such as #1001");

const addressField = z.string().nullable();

export const seed = z.strictObject({
  locations: z
    .array(
      z.strictObject({
        name: z.string(),
        fulfillsOnlineOrders: z.boolean().optional(),
        fulfillmentService: z.string().optional().describe('handle of another app that runs this location'),
      }),
    )
    .optional(),
  variants: z
    .array(
      z.strictObject({
        sku: z.string(),
        barcode: z.string().optional(),
        title: z.string().optional(),
        price: z.string().optional(),
        tracked: z.boolean().optional(),
        oversell: z.boolean().optional(),
        bundleParent: z.boolean().optional(),
        giftCard: z.boolean().optional(),
        onHand: z.record(z.string(), z.int()).optional().describe('units by location name'),
      }),
    )
    .optional(),
});

export const sale = z.strictObject({
  lines: z.array(z.strictObject({ sku, quantity })),
  location: location.optional(),
  pos: z.boolean().optional(),
  test: z.boolean().optional(),
  force: z.boolean().optional(),
  sourceName: z.string().optional(),
  payment: z.enum(paymentStatuses).optional(),
  poNumber: z.string().optional(),
  shipTo: z
    .strictObject({
      firstName: addressField,
      lastName: addressField,
      company: addressField,
      address1: addressField,
      address2: addressField,
      city: addressField,
      province: addressField,
      provinceCode: addressField,
      zip: addressField,
      countryCode: addressField,
      phone: addressField,
      email: addressField,
    })
    .partial()
    .nullable()
    .optional()
    .describe('differences to the made-up address that every web order goes to'),
  service: z.string().optional().describe('title of the delivery option'),
});

export const hold = z.strictObject({
  order,
  location: location.optional(),
  reason: z.enum(holdReasons).optional(),
});
export const release = z.strictObject({ order, location: location.optional() });
export const payment = z.strictObject({ order, payment: z.enum(paymentStatuses) });

export const shipment = z.strictObject({
  order,
  lines: z.array(z.strictObject({ sku, quantity })).optional(),
  location: location.optional(),
});

export const fulfilment = z.strictObject({ fulfilment: z.string().describe("a fulfilment's gid") });

export const refund = z.strictObject({
  order,
  lines: z.array(
    z.strictObject({
      sku,
      quantity,
      restock: z.enum(['return', 'cancel', 'no_restock']),
      location: location.optional(),
      removes: z.enum(['open', 'shipped', 'nothing']).optional(),
    }),
  ),
  return: z.string().optional().describe("a return's gid"),
});

export const cancellation = z.strictObject({
  order,
  restock: z.boolean().optional(),
  reason: z.string().optional(),
});

export const edit = z.strictObject({
  order,
  add: z.array(z.strictObject({ sku, quantity, location: location.optional() })).optional(),
  remove: z.array(z.strictObject({ sku, quantity, restock: z.boolean().optional() })).optional(),
});

export const move = z.strictObject({ order, to: location, fulfilmentOrder: z.string().optional() });

export const openReturn = z.strictObject({ order, lines: z.array(z.strictObject({ sku, quantity })) });

export const disposal = z.strictObject({
  return: z.string(),
  sku,
  quantity,
  type: z.enum(['RESTOCKED', 'NOT_RESTOCKED', 'PROCESSING_REQUIRED', 'MISSING']),
  location: location.optional(),
});

export const adjustment = z.strictObject({
  sku,
  location,
  delta: z.int(),
  name: z.enum(storedStates).optional(),
  reason: z.string().optional(),
});

export const variantChange = z.strictObject({
  sku,
  newSku: z.string().optional(),
  barcode: z.string().optional(),
  title: z.string().optional(),
  tracked: z.boolean().optional(),
  deleted: z.boolean().optional(),
});

export const locationChange = z.strictObject({
  location,
  newName: z.string().optional(),
  isActive: z.boolean().optional(),
});

export const stocked = z.strictObject({ sku, location, isActive: z.boolean() });
