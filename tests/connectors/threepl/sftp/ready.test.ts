// Which files are complete and in which order they are read, on listings given as data.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InboundFolder } from '../../../../src/connectors/threepl/profile/transport-settings.ts';
import { nameMatch } from '../../../../src/connectors/threepl/sftp/name-pattern.ts';
import { filesReady, refusalOfName, type SeenFile } from '../../../../src/connectors/threepl/sftp/ready.ts';
import type { ListedFile } from '../../../../src/connectors/threepl/sftp/session.ts';

const NOW = Date.parse('2026-11-21T09:00:00Z');
const file = (name: string, settings: Partial<ListedFile> = {}): ListedFile => ({
  name,
  kind: 'file',
  size: 10,
  modifiedAtMs: NOW - 60_000,
  ...settings,
});
const folder = (settings: Partial<InboundFolder> = {}): InboundFolder => ({
  folder: '/out',
  files: '*',
  ready: { mode: 'rename' },
  after: 'archive',
  archive: 'archive',
  ...settings,
});
const decide = (
  listing: ListedFile[],
  settings: Partial<InboundFolder> = {},
  before: ReadonlyMap<string, SeenFile> = new Map(),
  nowMs = NOW,
) => filesReady(listing, folder(settings), before, { nowMs, largestBytes: 1000 });
const order = (names: string[], settings: Partial<InboundFolder> = {}, times: number[] = []): string[] =>
  decide(
    names.map((name, index) => file(name, { modifiedAtMs: times[index] ?? 0 })),
    settings,
  ).ready.map(({ name }) => name);

describe('a pattern of names', () => {
  test.each([
    ['*', 'anything.edi', true],
    ['945_*_??.TXT', '945_acme_01.txt', true],
    ['945_*.txt', '944_a.txt', false],
    ['*.edi', 'a.edi.done', false],
    ['a.c', 'abc', false],
    ['[a].txt', '[A].txt', true],
    ['?', '😀', true],
    ['gr{sequence}.dat', 'GR00000012.DAT', true],
    ['gr{sequence}.dat', 'GRx.DAT', false],
    ['*{time}.csv', 'levels_20261121.csv', true],
  ])('%s and %s: %s', (pattern, name, matches) => {
    expect(nameMatch(pattern, name) !== undefined).toBe(matches);
  });

  test('says which digits mean what, and never half of them', () => {
    expect(nameMatch('945_*_{sequence}_{time}.txt', '945_acme_1_007_20261121.txt')).toEqual({
      sequence: '007',
      time: '20261121',
    });
    expect(nameMatch('*{sequence}.txt', 'a1234.txt')?.sequence).toBe('1234');
  });

  test('takes as many as it is worth on a name made to be slow', () => {
    const began = performance.now();
    expect(nameMatch(`${'*a'.repeat(60)}b`, 'a'.repeat(255))).toBeUndefined();
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('any name matches itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'B', '.', '1', '-', 'é') }), (name) => {
        expect(nameMatch(name, name)).toBeDefined();
        expect(nameMatch(`*${name}*`, `x${name}y`)).toBeDefined();
      }),
    );
  });
});

describe('complete is', () => {
  test('in mode `rename` whatever matches', () => {
    expect(decide([file('a.edi')]).ready).toHaveLength(1);
  });

  test('in mode `stable` what has been the same for long enough, by our clock and not by the server’s', () => {
    const settings = { ready: { mode: 'stable', seconds: 60 } as const };
    const future = file('a.edi', { modifiedAtMs: NOW + 86_400_000 });
    const first = decide([future], settings);
    expect(first.ready).toEqual([]);
    expect(decide([future], settings, first.seen, NOW + 59_999).ready).toEqual([]);
    expect(decide([future], settings, first.seen, NOW + 60_000).ready).toHaveLength(1);
  });

  test.each([
    ['size', { size: 11 }],
    ['time', { modifiedAtMs: NOW }],
  ])('in mode `stable` not what changed its %s', (_name, change) => {
    const settings = { ready: { mode: 'stable', seconds: 60 } as const };
    const first = decide([file('a.edi')], settings);
    const second = decide([file('a.edi', change)], settings, first.seen, NOW + 60_000);
    expect(second.ready).toEqual([]);
    expect(decide([file('a.edi', change)], settings, second.seen, NOW + 120_000).ready).toHaveLength(1);
  });

  test('in mode `stable` not what our clock, set back, has seen in the future', () => {
    const settings = { ready: { mode: 'stable', seconds: 60 } as const };
    const first = decide([file('a.edi')], settings, new Map(), NOW + 3_600_000);
    const second = decide([file('a.edi')], settings, first.seen, NOW);
    expect(second.seen.get('a.edi')?.firstSeenAtMs).toBe(NOW);
    expect(second.ready).toEqual([]);
  });

  test('in mode `doneFile` what has its mark beside it, in any case, behind the name or in place of the ending', () => {
    const settings = { ready: { mode: 'doneFile', suffix: '.trg' } as const };
    const { ready, left } = decide(
      [file('A.edi'), file('a.EDI.TRG'), file('b.edi'), file('B.trg'), file('c.edi'), file('lonely.trg')],
      settings,
    );
    expect(ready.map(({ name, doneFile }) => [name, doneFile])).toEqual([
      ['A.edi', 'a.EDI.TRG'],
      ['b.edi', 'B.trg'],
    ]);
    expect(left.map(({ name, outcome }) => [name, outcome])).toEqual([['c.edi', 'waiting']]);
  });

  test('never an unfinished name, whatever the pattern', () => {
    const names = ['.a', '.a.edi', 'a.tmp', 'a.PART', 'a.filepart', 'a.edi.tmp'];
    expect(decide(names.map((name) => file(name)))).toMatchObject({ ready: [], left: [] });
  });

  test('what is forgotten when it is no longer listed', () => {
    const first = decide([file('a.edi'), file('b.edi')]);
    expect([...decide([file('b.edi')], {}, first.seen).seen.keys()]).toEqual(['b.edi']);
  });
});

describe('files that cannot be moved away', () => {
  const old = Array.from({ length: 500 }, (_, at) => file(`${String(at).padStart(4, '0')}.edi`));
  const stored = new Map(
    old.map(({ name, size, modifiedAtMs }) => [
      name,
      { size, modifiedAtMs, firstSeenAtMs: NOW - 60_000, taken: true },
    ]),
  );

  test.each(['archive', 'delete'] as const)(
    'keep no new file from being read, under `after: %s`',
    (after) => {
      const { ready, left } = decide([...old, file('new.edi')], { after }, stored);
      expect(ready.slice(0, 2).map(({ name, taken }) => [name, taken])).toEqual([
        ['new.edi', false],
        ['0000.edi', true],
      ]);
      expect(ready).toHaveLength(500);
      expect(left).toEqual([{ name: '0499.edi', outcome: 'taken', reason: 'more than 500 files are ready' }]);
    },
  );

  test('wait themselves while there is more to read than is read in one go', () => {
    const fresh = Array.from({ length: 501 }, (_, at) => file(`new-${String(at).padStart(4, '0')}.edi`));
    const { ready, left } = decide([...old, ...fresh], {}, stored);
    expect(ready.filter(({ taken }) => taken)).toEqual([]);
    expect(left.filter(({ outcome }) => outcome === 'later').map(({ name }) => name)).toEqual([
      'new-0500.edi',
    ]);
    expect(left.filter(({ outcome }) => outcome === 'taken')).toHaveLength(500);
  });
});

describe('the order', () => {
  test('is that of the sequence, as a number', () => {
    expect(
      order(['GR10.dat', 'GR9.dat', 'GR0000000000000000000011.dat'], { files: 'GR{sequence}.dat' }),
    ).toEqual(['GR9.dat', 'GR10.dat', 'GR0000000000000000000011.dat']);
  });

  test('is that of the time in the name where the pattern names none', () => {
    const names = ['945_7_20261121093000.txt', '945_9_20261121.txt', '945_8_2026-11-20T23-59-59.txt'];
    expect(order(names, {}, [1, 2, 3])).toEqual([names[2], names[1], names[0]]);
  });

  test('takes no number for a time, and no time when names disagree in having one', () => {
    expect(order(['b_99999999.txt', 'a_10000000.txt'], {}, [1, 2])).toEqual([
      'b_99999999.txt',
      'a_10000000.txt',
    ]);
    expect(order(['b_20261122.txt', 'a_20261121.txt', 'c.txt'], {}, [1, 2, 3])).toEqual([
      'b_20261122.txt',
      'a_20261121.txt',
      'c.txt',
    ]);
  });

  test('does not depend on the order of the listing', () => {
    const names = fc.constantFrom('a1.txt', 'a2.txt', 'x_20261121.txt', 'x_20261120.txt', 'z.txt', 'a10.txt');
    fc.assert(
      fc.property(fc.uniqueArray(names), fc.infiniteStream(fc.nat()), (some, chance) => {
        const shuffled = some
          .map((name) => ({ name, by: chance.next().value }))
          .toSorted((a, b) => a.by - b.by)
          .map(({ name }) => name);
        expect(order(shuffled)).toEqual(order(some));
      }),
    );
  });
});

test.each([
  ['', 'it names no file'],
  ['..', 'it names no file'],
  ['../a', 'its name contains a slash'],
  ['a\\b', 'its name contains a slash'],
  ['a\u0000', 'its name contains control characters'],
  ['a\u009bb', 'its name contains control characters'],
  ['a\u202eb', 'its name contains control characters'],
  ['a\ufffd', 'its name is not UTF-8'],
  ['é'.repeat(128), 'its name is too long'],
])('the name %j is refused: %s', (name, reason) => {
  expect(refusalOfName(name)).toBe(reason);
  expect(refusalOfName('é'.repeat(127))).toBeUndefined();
});
