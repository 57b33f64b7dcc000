// What a partner says became of our documents: compared as numbers, the closest word wins, and a word about nothing changes
// nothing.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/core/database.ts';
import {
  type Acknowledged,
  acknowledge,
  type KeptDocument,
  storeDocuments,
} from '../../../src/core/exchange/documents.ts';
import { storeOutgoing } from '../../../src/core/exchange/files.ts';
import { documentStandings } from '../../../src/core/exchange/standings.ts';
import { overdue } from '../../../src/core/fulfilment/overdue.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';

let test: TestDatabase;
let database: Database;
let tests = 0;
let connectionId = 0;

beforeAll(async () => {
  test = await testDatabase();
  database = openDatabase({ url: test.url, poolSize: 4 });
});
beforeEach(async () => {
  tests += 1;
  const { rows } = await test.pool.query<{ id: number }>(
    `insert into connection (name, connector) values ($1, 'threepl') returning id`,
    [`partner-${tests}`],
  );
  connectionId = rows[0]?.id ?? 0;
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const document = (number: string, control: string, more: Partial<KeptDocument> = {}): KeptDocument => {
  const [interchange = '', group = '', own = ''] = control.split('/');
  return {
    type: '940',
    number,
    chain: number,
    control: { interchange, group, document: own },
    valid: true,
    findings: [],
    acknowledgeHours: 4,
    ...more,
  };
};
const sent = (documents: readonly KeptDocument[], by = connectionId) =>
  database.transaction(async (client) => {
    const id = await storeOutgoing(client, { connectionId: by, name: 'out.txt', bytes: Buffer.from('x') });
    await storeDocuments(client, { connectionId: by, id, outbound: true }, documents);
  });
const said = async (about: Partial<Acknowledged>) =>
  (
    await database.transaction((client) =>
      acknowledge(client, connectionId, { verdict: 'accepted', errors: [], ...about }),
    )
  )
    .map((each) => each.number)
    .sort();
const standing = async () => {
  const { rows } = await test.pool.query<{ number: string; status: string }>(
    'select number, acknowledgement::text as status from partner_document where connection_id = $1 order by id',
    [connectionId],
  );
  return rows.map((row) => `${row.number} ${row.status}`);
};

describe('acknowledge', () => {
  it('compares numbers as numbers, however either side pads them', async () => {
    await sent([document('A', '000000901/901/0001'), document('B', '000000901/901/0002')]);
    expect(await said({ group: '000901', document: '1' })).toEqual(['A']);
    expect(
      await said({ interchange: '901', group: '901', document: '000000002', verdict: 'rejected' }),
    ).toEqual(['B']);
    expect(await standing()).toEqual(['A accepted', 'B rejected']);
  });

  it('a word about a group settles what is still awaited in it, and nothing in other groups', async () => {
    await sent([document('A', '1/1/1'), document('B', '1/1/2'), document('C', '2/2/1')]);
    await said({ group: '1', document: '1', verdict: 'rejected', errors: ['wrong'] });
    expect(await said({ group: '1' })).toEqual(['B']);
    expect(await standing()).toEqual(['A rejected', 'B accepted', 'C awaited']);
  });

  it('the document’s own verdict wins over its group’s, also when it comes later', async () => {
    await sent([document('A', '1/1/1'), document('B', '1/1/2')]);
    await said({ group: '1' });
    expect(await said({ group: '1', document: '2', verdict: 'rejected', errors: ['5 – wrong'] })).toEqual([
      'B',
    ]);
    expect(await said({ group: '1', verdict: 'rejected' })).toEqual([]);
    expect(await standing()).toEqual(['A accepted', 'B rejected']);
    const { rows } = await test.pool.query(
      `select acknowledgement_errors as errors, acknowledged_at is not null as noted from partner_document where number = 'B' and connection_id = $1`,
      [connectionId],
    );
    expect(rows).toEqual([{ errors: ['5 – wrong'], noted: true }]);
  });

  it('that an interchange arrived says nothing of its documents; that it was refused says all', async () => {
    await sent([document('A', '7/7/1'), document('B', '8/8/1')]);
    expect(await said({ interchange: '000000007' })).toEqual(['A']);
    expect(await standing()).toEqual(['A awaited', 'B awaited']);
    expect(await said({ group: '7', verdict: 'rejected' })).toEqual(['A']);
    expect(await said({ interchange: '8', verdict: 'rejected', errors: ['025'] })).toEqual(['B']);
    expect(await standing()).toEqual(['A rejected', 'B rejected']);
  });

  it('in a syntax without groups the word about an interchange is about its documents', async () => {
    await sent([document('A', '7//1'), document('B', '7//2')]);
    expect(await said({ interchange: '7' })).toEqual(['A', 'B']);
    expect(await standing()).toEqual(['A accepted', 'B accepted']);
  });

  it('I8: that it arrived is not that it was taken: the order waits for its verdict, and a refusal that follows counts', async () => {
    await sent([document('A', '7//1'), document('B', '8//1')]);
    expect(await said({ interchange: '7', verdict: 'arrived' })).toEqual(['A']);
    expect(await said({ interchange: '8', document: '1', verdict: 'arrived' })).toEqual(['B']);
    expect(await standing()).toEqual(['A awaited', 'B awaited']);
    expect(await said({ interchange: '7', verdict: 'rejected', errors: ['12'] })).toEqual(['A']);
    expect(await standing()).toEqual(['A rejected', 'B awaited']);
  });

  it('a document named alone is the oldest of its own number that waits, in whatever envelope it went', async () => {
    await sent([document('FO-2', '5//1'), document('FO-2', '6//1'), document('FO-3', '6//2')]);
    expect(await said({ document: 'FO-2', verdict: 'rejected', errors: ['unknown item'] })).toEqual(['FO-2']);
    expect(await standing()).toEqual(['FO-2 rejected', 'FO-2 awaited', 'FO-3 awaited']);
    await said({ interchange: '6' });
    expect(await said({ document: 'FO-3', verdict: 'rejected' })).toEqual(['FO-3']);
    expect(await standing()).toEqual(['FO-2 rejected', 'FO-2 accepted', 'FO-3 rejected']);
    // Its control number is no name: in every interchange some message has the same.
    expect(await said({ document: '1', verdict: 'rejected' })).toEqual([]);
  });

  it('a document named alone is one of a format without envelopes, the oldest of its number that waits', async () => {
    await sent([document('old', '//FO-1'), document('new', '//FO-1'), document('x12', '5/5/FO-1')]);
    expect(await said({ document: 'FO-1' })).toEqual(['old']);
    expect(await standing()).toEqual(['old accepted', 'new awaited', 'x12 awaited']);
  });

  const nothings: [string, Partial<Acknowledged>][] = [
    ['no number at all', {}],
    ['empty numbers', { interchange: '', group: '', document: '' }],
    ['an empty document of a group', { group: '1', document: '' }],
    ['an empty group', { group: '' }],
    ['a group nobody sent', { group: '77' }],
    ['a document nobody sent', { group: '1', document: '9' }],
    ['the right numbers in another interchange', { interchange: '2', group: '1', document: '1' }],
  ];
  it.each(nothings)('an acknowledgement of nothing changes nothing: %s', async (_name, about) => {
    await sent([document('A', '1/1/1'), document('E', '3//1'), document('F', '//FO-9')]);
    expect(await said({ ...about, verdict: 'rejected' })).toEqual([]);
    expect(await standing()).toEqual(['A awaited', 'E awaited', 'F awaited']);
  });

  it('what expects none, what came in, and what is another partner’s keep their standing', async () => {
    await sent([document('997', '1/1/1', { acknowledgeHours: undefined })]);
    await database.transaction(async (client) => {
      const { rows } = await client.query<{ id: string }>(
        'select id from partner_file where connection_id = $1',
        [connectionId],
      );
      await storeDocuments(client, { connectionId, id: rows[0]?.id ?? '', outbound: false }, [
        document('in', '1/1/1', { type: '945' }),
      ]);
    });
    const other = connectionId;
    await test.pool.query(`insert into connection (name, connector) values ($1, 'threepl')`, [`o-${tests}`]);
    expect(await said({ group: '1', document: '1' })).toEqual([]);
    expect(await said({ group: '1' })).toEqual([]);
    connectionId = other + 1;
    expect(await said({ group: '1' })).toEqual([]);
  });
});

describe('standings', () => {
  it('keeps valid, delivered and acknowledged apart, for one order or all', async () => {
    await sent([document('A', '1/1/1'), document('B', '1/1/2')]);
    const before = await documentStandings(database.pool, connectionId, { limit: 10 });
    expect(before.map((each) => [each.deliveredAt, each.acknowledgement])).toEqual([
      [null, 'awaited'],
      [null, 'awaited'],
    ]);
    await said({ group: '1', document: '1', verdict: 'rejected', errors: ['wrong'] });
    const all = await documentStandings(database.pool, connectionId, { limit: 10 });
    expect(all.map((each) => each.number)).toEqual(['B', 'A']);
    const one = await documentStandings(database.pool, connectionId, { order: 'A', limit: 10 });
    expect(one).toMatchObject([
      {
        number: 'A',
        valid: true,
        // What is answered has arrived.
        deliveredAt: expect.any(Date),
        acknowledgement: 'rejected',
        acknowledgementErrors: ['wrong'],
      },
    ]);
  });

  it('names what is acknowledged too late, also when hours are parts of one', async () => {
    await sent([document('late', '1/1/1', { acknowledgeHours: 0.5 }), document('due', '1/1/2')]);
    await test.pool.query(
      `update partner_document set acknowledge_by = acknowledge_by - interval '31 minutes' where connection_id = $1`,
      [connectionId],
    );
    const late = (await overdue(database.pool)).filter((each) => each.connection === `partner-${tests}`);
    expect(late).toMatchObject([{ what: 'acknowledgements overdue', count: 1 }]);
    expect(late[0]?.example).toMatch(/^940 late, due /);
    const standings = await documentStandings(database.pool, connectionId, { limit: 10 });
    expect(standings.filter((each) => each.overdue).map((each) => each.number)).toEqual(['late']);
  });
});
