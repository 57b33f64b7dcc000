// The warehouse of the demo's world: a partner that stores part of the shop's goods and speaks X12 over SFTP, the profile
// that it is known by, and its place in the catalogue.
import { openConnections } from '../commands/connections.ts';
import type { Config } from '../config.ts';
import { importCatalog } from '../core/catalog/import.ts';
import type { Database } from '../core/database.ts';
import { StockbridgeError } from '../core/errors.ts';
import { startThreepl, type Threepl } from '../simulators/threepl/index.ts';

/** What the shop calls the warehouse; the hub's code of it is the same in capitals. */
export const WAREHOUSE = 'Northwind';
export const WAREHOUSE_CODE = WAREHOUSE.toUpperCase();
export const IN_TRANSIT_CODE = 'TO-NORTHWIND';

const PASSWORD = 'a password of the demo, and of nobody else';
const VAULT_KEY = Buffer.alloc(32, 'demo').toString('base64');

export interface StoredItem {
  readonly sku: string;
  readonly title: string;
  readonly onHand: number;
}

export const startWarehouse = (items: readonly StoredItem[], seed: number): Promise<Threepl> =>
  startThreepl({
    seed,
    password: PASSWORD,
    items: items.map(({ sku, onHand }) => ({ sku, onHand })),
    shipAfterMs: 300,
    receiveAfterMs: 300,
    acknowledgeWithinMs: 10_000,
  });

/** The agreement with the partner, as its profile would say it. */
export const warehouseSettings = (warehouse: Threepl) => ({
  partner: 'northwind',
  title: 'Northwind Logistics',
  version: 1,
  timeZone: warehouse.timeZone,
  transport: {
    host: warehouse.host,
    port: warehouse.port,
    user: warehouse.user,
    password: PASSWORD,
    hostKey: warehouse.hostKeyFingerprint,
    in: [{ folder: '/out', files: '*', ready: { mode: 'stable', seconds: 0 }, archive: '/out/archive' }],
    out: { folder: '/in', name: '{type}_{number}_{control}.edi' },
    everySeconds: 1,
  },
  format: 'x12',
  x12: { us: warehouse.us, them: warehouse.them },
  items: { from: ['SK', 'VN'], as: 'sku', to: 'SK' },
  meaning: {
    warehouses: { [warehouse.warehouse]: { location: WAREHOUSE_CODE, inTransit: IN_TRANSIT_CODE } },
  },
  lifecycle: { holdOrdersMinutes: 0, acknowledgeWithinHours: 1 },
  encryptionKey: VAULT_KEY,
});

/** Names the partner as the one whose documents move the stock at its warehouse, once the opening counts are in. */
export async function giveAuthority(database: Database, config: Config): Promise<void> {
  await openConnections(database, config);
  const report = await importCatalog(
    database.pool,
    'locations',
    `code,name,kind,allows_negative,authority\n${WAREHOUSE_CODE},Northwind Dallas,3pl,false,northwind\n${IN_TRANSIT_CODE},On the way to Northwind,transit,true,northwind\n`,
  );
  if (report.rejected.length > 0)
    throw new StockbridgeError(
      'content_invalid',
      report.rejected.map((each) => JSON.stringify(each)).join('; '),
    );
}
