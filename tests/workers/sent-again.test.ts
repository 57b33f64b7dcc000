// A file whose arrival is not known goes again: the same name, the same bytes, the same numbers, in every format, so that a
// partner that took the first knows the second.
import { afterEach, describe, expect, it } from 'vitest';
import { type SftpServer, startSftpServer } from '../../src/simulators/threepl/sftp-server.ts';
import { PROFILE } from '../e2e/warehouse.ts';
import { openShop, ready, type Shop } from '../e2e/warehouse-shop.ts';

const FIELDS = {
  number: 'ORDER',
  item: 'SKU',
  quantity: 'QTY',
  shipToName: 'NAME',
  shipToStreet: 'STREET',
  shipToCity: 'CITY',
  shipToCountry: 'COUNTRY',
};
const feed = (more: object) => ({
  name: 'orders',
  files: 'ORD*',
  direction: 'out',
  kind: 'shipping_order',
  fields: FIELDS,
  ...more,
});
const FORMATS = [
  { format: 'x12', x12: { ...PROFILE.x12, acknowledge: 'none', interchangeAcknowledge: 'never' } },
  { format: 'csv', feeds: [feed({ csv: {} })] },
  { format: 'xml', feeds: [feed({ xml: { root: 'Orders', document: 'Order', line: 'Line' } })] },
];

let server: SftpServer | undefined;
let shop: Shop | undefined;
afterEach(async () => {
  await shop?.close();
  await server?.stop();
});

async function until<T>(read: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.each(FORMATS)('I8: a shipping order as $format', (format) => {
  it('that the partner took before its arrival was noted comes again as the same file', async () => {
    const partner = await startSftpServer({ users: [{ user: 'hub', password: 'secret' }] });
    server = partner;
    partner.makeFolder('/in');
    const brand = await openShop({
      ...PROFILE,
      ...format,
      transport: {
        ...{
          host: partner.host,
          port: partner.port,
          user: 'hub',
          password: 'secret',
          hostKey: partner.hostKey(),
        },
        // A name that says when: made anew it would be another one each second.
        out: { folder: '/in', name: 'ORD_{number}_{date}{time}.txt' },
      },
    });
    shop = brand;
    brand.ask = () => ready({ L1: 2 });
    const arrived = () =>
      until(() => {
        const [name] = partner.list('/in').filter((each) => !each.startsWith('.'));
        const bytes = name === undefined ? undefined : partner.files().get(`/in/${name}`);
        return name === undefined || bytes === undefined ? undefined : { name, text: bytes.toString() };
      });
    partner.fail({ dropAfterRename: true });
    await brand.order('order-1', { L1: { 'MUG-01': 2 } });
    await brand.round();
    const { number } = await brand.row('order-1');
    const first = await arrived();
    expect(first.text).toContain(number);
    // The partner takes it at once; here its arrival was never learnt.
    expect(partner.remove(`/in/${first.name}`)).toBe(true);
    await until(async () => {
      const [file] = await brand.all<{ attempts: number; arrived: boolean }>(
        'select attempts, delivered_at is not null as arrived from partner_file where is_outbound',
      );
      expect(file?.arrived).toBe(false);
      return file?.attempts === 1 ? file : undefined;
    });
    // Long enough for another name and another time in the envelope.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await brand.all('update partner_file set retry_at = clock_timestamp()');
    expect(await arrived()).toEqual(first);
    await until(async () => {
      const [file] = await brand.all<{ arrived: boolean }>(
        'select delivered_at is not null as arrived from partner_file where is_outbound',
      );
      return file?.arrived ? file : undefined;
    });
    expect(await brand.all('select id from partner_file where is_outbound')).toHaveLength(1);
    expect(await brand.files(number)).toEqual([first.text]);
  });
});
