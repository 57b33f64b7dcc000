// Whatever a spreadsheet or an old system writes is read the same, and lines are counted as an editor counts them.
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../../src/core/catalog/csv.ts';
import { columnsOf, IMPORT_KINDS } from '../../../src/core/catalog/import.ts';

const cellsOf = (text: string) => {
  const result = readCsv(text);
  return result.readable ? [result.header, ...result.records].map(({ cells }) => cells) : result;
};

describe('reading CSV', () => {
  const expected = [
    ['sku', 'name'],
    ['A-1', 'Tee; black, M'],
    ['A-2', 'Mug "big"'],
  ];
  it.each([
    ['commas', 'sku,name\nA-1,"Tee; black, M"\nA-2,"Mug ""big"""\n'],
    ['semicolons', 'sku;name\nA-1;"Tee; black, M"\nA-2;"Mug ""big"""'],
    ['tabs', 'sku\tname\nA-1\tTee; black, M\nA-2\t"Mug ""big"""\n'],
    ['a byte order mark and CRLF', '\uFEFFsku,name\r\nA-1,"Tee; black, M"\r\nA-2,"Mug ""big"""\r\n'],
    ['old Macintosh line ends', 'sku,name\rA-1,"Tee; black, M"\rA-2,"Mug ""big"""\r'],
    ['a sep= line', 'sep=;\nsku;name\nA-1;"Tee; black, M"\nA-2;"Mug ""big"""\n'],
    ['spaces around cells', ' sku , name \n A-1 ,"Tee; black, M"\nA-2,"Mug ""big"""\n'],
    ['empty lines and rows of nothing', '\n\nsku,name\n\nA-1,"Tee; black, M"\n,\n  \nA-2,"Mug ""big"""\n\n'],
    [
      'a header whose quoted name has the other delimiter',
      '"sku";"name"\nA-1;"Tee; black, M"\nA-2;"Mug ""big"""\n',
    ],
  ])('%s', (_, text) => expect(cellsOf(text)).toEqual(expected));

  it('lines count as in an editor, also after cells that go over several lines', () => {
    const result = readCsv('sep=,\r\nsku,name\r\n\r\nA,"one\r\ntwo"\r\n,\r\nB,x\r\n');
    expect(result.readable && result.records.map(({ line }) => line)).toEqual([4, 7]);
  });

  it.each([
    ['nothing', '\n \n', 1, 'is empty'],
    ['a quote that is never closed', 'sku,name\nA,x\nB,"y\nC,z\n', undefined, 'never closed'],
    ['a quote inside a cell', 'sku,name\nA,x\nB,3" pipe\n', 3, 'quote'],
    ['UTF-16', 's\u0000k\u0000u\u0000', 1, 'UTF-8'],
  ])('%s is an answer, not an exception', (_, text, line, problem) => {
    const result = readCsv(text);
    expect(result).toMatchObject({ readable: false, problem: expect.stringContaining(problem) });
    if (line !== undefined) expect(result).toMatchObject({ line });
  });
});

describe('columns', () => {
  it.each(IMPORT_KINDS)('%s: every name leads to one column, and every column is described', (kind) => {
    const names = columnsOf(kind).flatMap(({ name, aliases }) => [name, ...aliases]);
    const bare = names.map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, ''));
    expect(new Set(bare).size).toBe(bare.length);
    for (const column of columnsOf(kind)) expect(column.description, column.name).not.toBe('');
  });
});
