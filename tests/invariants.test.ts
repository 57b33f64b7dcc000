// Keeps docs/invariants.md, the migrations, the code and the tests in step: every number cited is explained, every
// invariant that holds names what enforces it and tests that exist, and every constraint says which invariant it guards.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const PAGE = readFileSync(join(ROOT, 'docs/invariants.md'), 'utf8');
const NUMBERS = Array.from({ length: 12 }, (_, index) => `I${index + 1}`);
const NOT_YET = 'With valuation, not yet.';

interface Section {
  readonly number: string;
  readonly text: string;
  readonly holds: boolean;
}

function sectionsOf(page: string): Section[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((text) => ({
      number: /^I\d+/.exec(text)?.[0] ?? text.slice(0, 20),
      text,
      holds: !text.includes(NOT_YET),
    }));
}

/** The tests a section names: a file, and words of a title in it. */
const namedTests = ({ text }: Section) =>
  [...text.matchAll(/^ {2}- `(tests\/[^`]+)`: (.+)$/gm)].map((match) => ({
    file: match[1] ?? '',
    words: match[2] ?? '',
  }));

function texts(folder: string, ...endings: readonly string[]): { path: string; text: string }[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { path: path.slice(ROOT.length + 1), text: readFileSync(path, 'utf8') };
    });
}

/** Numbers that titles of tests begin with; a table of titles counts like a title. */
const numbersInTitles = (text: string): string[] =>
  [...text.matchAll(/(?:\(\s*|\[\s*)(['"`])(I\d+)(?:: |\1)/g)].map((match) => match[2] ?? '');
const citedNumbers = (text: string): string[] =>
  (text.match(/\bI(?:[1-9]|1\d)\b/g) ?? []).filter((number) => number !== X12_ELEMENT);
/** X12 calls the codes of its TA1 segment so. */
const X12_ELEMENT = 'I18';

const sections = sectionsOf(PAGE);
const testTexts = texts('tests', '.ts').filter(({ path }) => path !== 'tests/invariants.test.ts');
const migrations = texts('src/core/migrations', '.sql');
const constraints = [...new Set(migrations.flatMap(({ text }) => text.match(/\bi\d+_[a-z_]+\b/g) ?? []))];

describe('the page', () => {
  test('explains I1 to I12, each once and in order', () => {
    expect(sections.map(({ number }) => number)).toEqual(NUMBERS);
  });

  test('says of each invariant that it holds, what enforces it and which tests prove it', () => {
    expect(sections.filter(({ holds }) => !holds).map(({ number }) => number)).toEqual([]);
    for (const section of sections.filter(({ holds }) => holds)) {
      expect(section.text, section.number).toMatch(/^- Enforced by: \S/m);
      expect(namedTests(section).length, section.number).toBeGreaterThan(0);
    }
  });

  test('names only tests that exist, by words of their title', () => {
    const missing = sections.flatMap((section) =>
      namedTests(section).flatMap(({ file, words }) => {
        const found = testTexts.find(({ path }) => path === file);
        return found?.text.includes(words) ? [] : [`${section.number}: ${file}: ${words}`];
      }),
    );
    expect(missing).toEqual([]);
  });

  test('names only source files that exist', () => {
    const named = [...PAGE.matchAll(/`(src\/[^`]+)`/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('names every constraint and trigger that guards an invariant, under its invariant, and no other', () => {
    expect(constraints.length).toBeGreaterThan(10);
    const onPage = sections.flatMap(({ number, text }) =>
      (text.match(/`i\d+_[a-z_]+`/g) ?? []).map((name) => `${number} ${name.slice(1, -1)}`),
    );
    expect(onPage.sort()).toEqual(
      constraints.map((name) => `${name.split('_')[0]?.toUpperCase()} ${name}`).sort(),
    );
  });
});

describe('the citations', () => {
  test('every invariant that holds is proven by a test whose title begins with its number', () => {
    const proven = new Set(testTexts.flatMap(({ text }) => numbersInTitles(text)));
    expect(
      sections.filter(({ holds, number }) => holds && !proven.has(number)).map(({ number }) => number),
    ).toEqual([]);
  });

  test('every number that a test, the code or a migration cites is on the page', () => {
    const known = new Set(NUMBERS);
    const unknown = [...testTexts, ...texts('src', '.ts'), ...migrations].flatMap(({ path, text }) =>
      citedNumbers(text)
        .filter((number) => !known.has(number))
        .map((number) => `${path}: ${number}`),
    );
    expect(unknown).toEqual([]);
  });

  test('no title claims an invariant that does not hold yet', () => {
    const early = new Set(sections.filter(({ holds }) => !holds).map(({ number }) => number));
    expect(
      testTexts.flatMap(({ path, text }) =>
        numbersInTitles(text)
          .filter((number) => early.has(number))
          .map((number) => `${path}: ${number}`),
      ),
    ).toEqual([]);
  });
});

describe('the readers of this file', () => {
  test.each([
    ["test('I3: x', () => {})", ['I3']],
    ["it.each(cases)('I12: $name', x)", ['I12']],
    ["  ['I5', 'movement', 'update']", ['I5']],
    ['describe(`I7: a`, x)', ['I7']],
    ["expect(x, 'said I3: y')", []],
    ["test('the I3 thing', x)", []],
  ])('%j begins with %j', (text, numbers) => {
    expect(numbersInTitles(text)).toEqual(numbers);
  });

  test('a section without its marks would be seen', () => {
    const [broken] = sectionsOf('# x\n\n## I1 Something\n\nTrue.\n');
    expect(broken).toMatchObject({ number: 'I1', holds: true });
    expect(broken && namedTests(broken)).toEqual([]);
    expect(citedNumbers('as I13 says, and I1, with a code of element I18')).toEqual(['I13', 'I1']);
  });
});
