// What a partner's files do to the stock, through the whole hub: stored, answered, interpreted, posted once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  INTAKE_TOKEN,
  interchange,
  openWarehouse,
  PROFILE,
  RECEIPT,
  SHIPMENT,
  type Warehouse,
} from './warehouse.ts';

let rig: Warehouse;
const FIRST = interchange('RE', '944', RECEIPT, { interchange: 11 });

describe('files of a warehouse', () => {
  beforeAll(async () => {
    rig = await openWarehouse();
  });
  afterAll(() => rig.close());

  it('a receipt with damage becomes stock in two states, and is acknowledged', async () => {
    const answer = await rig.receive('944_1.txt', FIRST);
    expect(answer.outcome).toBe('stored');
    await rig.settle();
    expect(await rig.events()).toMatchObject([{ topic: 'receipt', status: 'applied' }]);
    expect(await rig.stock()).toEqual({
      'MUG-01 sellable': '50',
      'TEE-RED-M damaged': '6',
      'TEE-RED-M sellable': '94',
    });
    const [file] = await rig.outgoing();
    expect(file?.text).toContain('ST*997*0001~');
    expect(file?.text).toContain('AK2*944*0001~AK5*A~');
  });

  it('I3: the same bytes, another name, or another control number change nothing', async () => {
    const before = await rig.ledgerPrint();
    const text = FIRST;
    expect((await rig.receive('944_1.txt', text)).outcome).toBe('duplicate');
    expect((await rig.receive('another.txt', text)).outcome).toBe('duplicate');
    const renumbered = interchange('RE', '944', RECEIPT, { interchange: 12, group: 12, document: '0077' });
    expect((await rig.receive('944_2.txt', renumbered)).outcome).toBe('stored');
    await rig.settle();
    expect(await rig.ledgerPrint()).toBe(before);
    expect((await rig.outgoing()).filter((file) => file.text.includes('AK5*A~'))).toHaveLength(2);
  });

  it('I4: the same receipt number with other content waits for a person', async () => {
    const before = await rig.ledgerPrint();
    const changed = RECEIPT.map((segment) =>
      segment.replace('W07*50*', 'W07*60*').replace('W14*150*150', 'W14*160*160'),
    );
    await rig.receive('944_3.txt', interchange('RE', '944', changed));
    await rig.settle();
    expect((await rig.events()).at(-1)).toMatchObject({ status: 'quarantined', code: 'key_conflict' });
    expect(await rig.ledgerPrint()).toBe(before);
  });

  it('a control number that came before with other content is refused, told with TA1 025, and moves nothing', async () => {
    const before = await rig.ledgerPrint();
    const other = SHIPMENT.map((segment) => segment.replace('SHP-1', 'SHP-9'));
    await rig.receive('945_again.txt', interchange('SW', '945', other, { interchange: 11 }));
    await rig.settle();
    expect(await rig.ledgerPrint()).toBe(before);
    expect((await rig.outgoing()).at(-1)?.text).toMatch(/TA1\*000000011\*261121\*0915\*R\*025~/);
    expect((await rig.events()).at(-1)).toMatchObject({ status: 'quarantined', code: 'content_invalid' });
  });

  it('an interchange for somebody else moves nothing, and its sender is told', async () => {
    const before = await rig.ledgerPrint();
    const lines = SHIPMENT.map((segment) => segment.replace('SHP-1', 'SHP-8'));
    const text = interchange('SW', '945', lines, { interchange: 81 }).replace(
      '*ZZ*HUB            *',
      '*ZZ*SOMEBODY       *',
    );
    await rig.receive('945_other.txt', text);
    await rig.settle();
    expect(await rig.ledgerPrint()).toBe(before);
    expect((await rig.events()).at(-1)).toMatchObject({ status: 'quarantined', code: 'content_invalid' });
    expect((await rig.outgoing()).at(-1)?.text).toMatch(/TA1\*000000081\*261121\*0915\*R\*008~/);
  });

  it('what is refused is kept in the inbox without the people in it', async () => {
    const lines = [
      'W06*F*FO-9*20261121*SHP-7',
      'N1*ST*Ada Example',
      'N3*12 Secret Lane',
      'LX*1',
      'W12*CC*1*1*0*EA**SK*CAP-01',
    ];
    const text = interchange('SW', '945', lines).replace(`SE*${lines.length + 2}*`, 'SE*3*');
    await rig.receive('945_people.txt', text);
    const { rows } = await rig.database.pool.query<{ body: Buffer }>(
      `select body from inbox_event where topic = 'unreadable' order by id desc limit 1`,
    );
    const { bodyOf } = await import('../../src/core/inbox/store.ts');
    const kept = bodyOf(rows[0]?.body ?? Buffer.alloc(0)).toString('utf8');
    expect(kept).toContain('W12*CC*1*1*0*EA**SK*CAP-01');
    expect(kept).not.toMatch(/Ada|Secret/);
  });

  it('a shipment books what was shipped, never what was ordered', async () => {
    await rig.receive('945_1.txt', interchange('SW', '945', SHIPMENT));
    await rig.settle();
    expect(await rig.stock()).toEqual({
      'MUG-01 sellable': '46',
      'TEE-RED-M damaged': '6',
      'TEE-RED-M sellable': '74',
    });
  });

  it('I4: two shipments under one number: the second is booked in no line, so that it may come whole under its own', async () => {
    const before = await rig.ledgerPrint();
    const second = [
      'W06*F*FO-3*20261121*SHP-1',
      'N1*WH*Northwind*92*WH01',
      'LX*1',
      'W12*CC*3*3*0*EA**SK*TEE-RED-M*L1',
      'LX*3',
      'W12*CC*5*5*0*EA**SK*MUG-01',
      'W03*8',
    ];
    await rig.receive('945_twice.txt', interchange('SW', '945', second));
    await rig.settle();
    expect(await rig.ledgerPrint()).toBe(before);
    const event = (await rig.events()).at(-1);
    expect(event).toMatchObject({ status: 'quarantined', code: 'key_conflict' });
    expect(event?.reason).toMatch(/SHP-1 line 1 .*is in the ledger already, with other content/);
    expect(event?.reason).toMatch(/SHP-1 line 3 is not booked: another line of its document/);
    await rig.receive(
      '945_its_own.txt',
      interchange(
        'SW',
        '945',
        second.map((each) => each.replace('SHP-1', 'SHP-3')),
      ),
    );
    await rig.settle();
    expect(await rig.stock()).toEqual({
      'MUG-01 sellable': '41',
      'TEE-RED-M damaged': '6',
      'TEE-RED-M sellable': '71',
    });
  });

  it('a wrong count moves nothing and is refused with the code of the standard', async () => {
    const before = await rig.ledgerPrint();
    const text = interchange(
      'SW',
      '945',
      SHIPMENT.map((each) => each.replace('SHP-1', 'SHP-2')),
    ).replace(`SE*${SHIPMENT.length + 2}*`, 'SE*12*');
    await rig.receive('945_wrong.txt', text);
    await rig.settle();
    expect(await rig.ledgerPrint()).toBe(before);
    expect((await rig.outgoing()).at(-1)?.text).toContain('AK5*R*4~AK9*R*1*1*0~');
  });

  it('an item nobody knows holds the whole document; once it is there, replay books it once', async () => {
    const lines = ['W17*F*20261121*RC-7*TR-7', 'N1*WH*Northwind*92*WH01', 'W07*5*EA**SK*SOCKS', 'W14*5'];
    await rig.receive('944_socks.txt', interchange('RE', '944', lines));
    await rig.settle();
    const [row] = (await rig.events()).slice(-1);
    expect(row).toMatchObject({ status: 'quarantined', code: 'item_unknown' });
    expect(row?.reason).toContain('SOCKS');
    await rig.database.pool.query(`insert into item (sku) values ('SOCKS')`);
    const { replay } = await import('../../src/core/inbox/replay.ts');
    await replay(rig.database.pool, { codes: ['item_unknown'] });
    await rig.settle();
    expect((await rig.stock())['SOCKS sellable']).toBe('5');
  });

  it('our document is acknowledged by number, however the partner pads it', async () => {
    const { pool } = rig.database;
    const { storeOutgoing } = await import('../../src/core/exchange/files.ts');
    const { storeDocuments } = await import('../../src/core/exchange/documents.ts');
    await rig.running.hub.database.transaction(async (client) => {
      const id = await storeOutgoing(client, {
        connectionId: rig.live.id,
        name: '940_x.txt',
        bytes: Buffer.from('x'),
      });
      await storeDocuments(client, { connectionId: rig.live.id, id, outbound: true }, [
        {
          type: '940',
          number: 'FO-77',
          chain: 'FO-77',
          control: { interchange: '000000901', group: '901', document: '0001' },
          valid: true,
          findings: [],
          acknowledgeHours: 1,
        },
      ]);
    });
    const ack = ['AK1*OW*000901', 'AK2*940*0001', 'AK3*W01*7**8', 'AK4*2*355*7*XX', 'AK5*R*5', 'AK9*R*1*1*0'];
    await rig.receive('997.txt', interchange('FA', '997', ack));
    const { rows } = await pool.query(
      `select acknowledgement::text as status, acknowledgement_errors as errors from partner_document where number = 'FO-77'`,
    );
    expect(rows[0]).toMatchObject({ status: 'rejected' });
    expect(rows[0].errors.join(' ')).toMatch(/W01/);
    expect((await rig.events()).at(-1)).toMatchObject({ topic: 'acknowledgement', status: 'ignored' });
  });

  it('the partner is told what the ledger holds at its warehouse', async () => {
    const { stateStock } = await import('../../src/workers/state-stock.ts');
    const stated = await stateStock(rig.running.hub, rig.live, { now: new Date() });
    expect(stated).toMatchObject([{ warehouse: 'WH01', lines: 3 }]);
    const text = (await rig.outgoing()).at(-1)?.text ?? '';
    expect(text).toContain('ST*846*0001~');
    // 71 may be sold, and 6 are damaged.
    expect(text).toMatch(/LIN\*\d*\*VN\*TEE-RED-M~.*?QTY\*33\*71\*EA~.*?QTY\*17\*77\*EA~/s);
  });

  it('files are handed in over HTTP with the partner’s token, and with no other', async () => {
    const url = `http://127.0.0.1:${rig.running.apiPort}/files/northwind?name=944_http.txt`;
    const lines = ['W17*F*20261121*RC-8*TR-8', 'N1*WH*Northwind*92*WH01', 'W07*3*EA**SK*CAP-01', 'W14*3'];
    const body = interchange('RE', '944', lines);
    const post = (token: string, to = url) =>
      fetch(to, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body });
    expect((await post('wrong')).status).toBe(401);
    expect((await post(INTAKE_TOKEN, url.replace('northwind', 'nobody'))).status).toBe(401);
    const taken = await post(INTAKE_TOKEN);
    expect(taken.status).toBe(201);
    expect(await taken.json()).toMatchObject({ documents: [{ type: '944', number: 'RC-8', usable: true }] });
    expect((await post(INTAKE_TOKEN)).status).toBe(200);
    await rig.settle();
    expect((await rig.stock())['CAP-01 sellable']).toBe('3');
  });

  it('I1, I2, I12: everything is accounted for and the ledger proves itself', () => rig.expectSound());
});

describe('a file that is cut', () => {
  it('posts nothing and is not answered, wherever it is cut', async () => {
    const own = await openWarehouse(PROFILE);
    try {
      const text = interchange('RE', '944', RECEIPT);
      const step = Math.max(1, Math.floor(text.length / 60));
      const whole = text.trimEnd().length;
      for (let cut = 1; cut < whole - 1; cut += step) await own.receive(`cut-${cut}.txt`, text.slice(0, cut));
      await own.receive('cut-last.txt', text.slice(0, whole - 2));
      await own.settle();
      expect(await own.ledgerPrint()).toBe('');
      expect(await own.outgoing()).toEqual([]);
      await own.expectSound();
    } finally {
      await own.close();
    }
  });
});
