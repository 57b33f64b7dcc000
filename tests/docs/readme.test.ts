// Prose rots unless a test reads it: every link, file, script, command and metric that the pages name exists.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { program } from '../../src/cli.ts';
import { connectors } from '../../src/connectors/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const pagesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

const PAGES = [...readdirSync(ROOT).filter((name) => name.endsWith('.md')), ...pagesIn('docs')].sort();
const written = PAGES.filter((page) => !page.startsWith(join('docs', 'reference')));

const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };

/** Headings as GitHub turns them into anchors. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** What is typed: inline code and the lines of fences that hold no output. */
function codeOf(text: string): string[] {
  const fences = [...text.matchAll(/^```(\S*)[^\n]*\n(.*?)^```$/gms)].flatMap(
    ([, language = '', body = '']) => {
      if (language === 'sh') return body.split('\n');
      if (language === 'console')
        return body.split('\n').flatMap((line) => (line.startsWith('$ ') ? [line.slice(2)] : []));
      return [];
    },
  );
  const prose = text.replaceAll(/^```.*?^```$/gms, '');
  return [...fences, ...[...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)];
}

describe.each(written)('%s', (page) => {
  const text = textOf(page);
  const code = codeOf(text);

  it('links only to what is there', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = links.filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      if (relative(ROOT, join(ROOT, file)).startsWith('..') || !existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && !anchorsOf(textOf(file)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names only files and folders that are there', () => {
    const paths = code.flatMap((part) => [
      ...part.matchAll(/(?<![\w./:-])((?:src|docs|tests|bench|scripts|config|\.ci)\/[\w./-]*)/g),
    ]);
    const missing = paths
      .map(([, path = '']) => path.replace(/\.$/, ''))
      .filter((path) => !MADE_BY_THE_READER.test(path) && !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  });

  it('names only scripts of package.json', () => {
    const named = code.flatMap((part) =>
      [...part.matchAll(/npm run (?:--silent )?([\w:]+)|npm (start|test)\b/g)].map(
        ([, script, alias]) => script ?? alias ?? '',
      ),
    );
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
  });

  it('names only commands and options that the program has', () => {
    const mistakes = code.flatMap((part) =>
      [...part.matchAll(/(?:^|&& |\| |until |npm run --silent )stockbridge (?:-- )?([^|;&>#]*)/g)].flatMap(
        ([, words = '']) => mistakeIn(words.trim().split(/\s+/)),
      ),
    );
    expect(mistakes).toEqual([]);
  });
});

/** Files that a page tells its reader to make. */
const MADE_BY_THE_READER =
  /^config\/(stockbridge|rehearsal)\.yaml$|^config\/partners$|^config\/partners\/(northwind|broken|dallas)\.yaml$|corner-shop|<name>|\/fixtures\/$/;

/** Follows the words through the program; answers what it would not understand. */
function mistakeIn(words: readonly string[]): string[] {
  let command: Command = program();
  const known = [...command.options];
  const wrong: string[] = [];
  for (const word of words) {
    const inner = command.commands.find((each) => each.name() === word);
    if (inner) {
      command = inner;
      known.push(...inner.options);
    } else if (word.startsWith('--') && word !== '--') {
      if (!known.some((option) => option.long === word)) wrong.push(`${words.join(' ')}: ${word}`);
    } else if (command.commands.length > 0 && /^[a-z]+$/.test(word)) {
      wrong.push(`${words.join(' ')}: ${word}`);
    }
  }
  return wrong;
}

describe('mistakeIn', () => {
  it.each([
    [['import', 'items', 'x.csv'], 0],
    [['explain', 'item', 'MUG', '--location', 'MAIN'], 0],
    [['--json', 'status'], 0],
    [['explian'], 1],
    [['import', 'itmes'], 1],
    [['status', '--nope'], 1],
  ])('finds in %j %d', (words, count) => {
    expect(mistakeIn(words)).toHaveLength(count);
  });
});

describe('README.md', () => {
  const readme = textOf('README.md');

  it('can be run by its twelfth line, with two commands', () => {
    const lines = readme.split('\n');
    const [demo, test] = ['npm ci && npm run demo', 'npm ci && npm test'].map((command) =>
      lines.indexOf(command),
    );
    expect(demo).toBeGreaterThan(0);
    expect(demo).toBeLessThan(12);
    expect(test).toBe((demo ?? 0) + 1);
  });
});

describe('the output of the demo in README.md', () => {
  it('has the headings that the demo prints', () => {
    const shown = /^```text\n(.*?)^```$/ms.exec(textOf('README.md'))?.[1] ?? '';
    const headings = shown.split('\n').filter((line) => /^\d {2}/.test(line));
    expect(headings.length).toBeGreaterThan(1);
    const demo = textOf('src/commands/demo.ts');
    expect(headings.filter((heading) => !demo.includes(heading))).toEqual([]);
  });
});

describe('operations', () => {
  it('lists the metrics that there are, and no others', () => {
    const metrics = (text: string) => [...new Set(text.match(/\bstockbridge_[a-z_]+/g) ?? [])].sort();
    const sources = readdirSync(join(ROOT, 'src/api')).filter((file) => file.startsWith('metrics'));
    const own = sources.map((file) => textOf(join('src/api', file))).join('\n');
    expect(metrics(textOf('docs/operations.md'))).toEqual(metrics(own));
  });
});

describe('decisions', () => {
  const files = readdirSync(join(ROOT, 'docs/decisions'))
    .filter((name) => /^\d/.test(name))
    .sort();

  it('are numbered without a gap, titled by their number, listed, and begin with why', () => {
    const index = textOf('docs/decisions/README.md');
    for (const [position, file] of files.entries()) {
      const number = String(position + 1).padStart(4, '0');
      expect(file.slice(0, 5)).toBe(`${number}-`);
      expect(textOf(join('docs/decisions', file))).toMatch(
        new RegExp(`^# ${number} .+\\n\\n\\*\\*Why\\.\\*\\*`),
      );
      expect(index).toContain(`[${number}](${file})`);
    }
  });

  it('give a reason for every dependency, and for none that is not there', () => {
    const { dependencies } = JSON.parse(textOf('package.json')) as { dependencies: Record<string, string> };
    const rows = textOf('docs/decisions/0012-dependencies.md').match(/^\| `.*$/gm) ?? [];
    const explained = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    );
    expect(explained.sort()).toEqual(Object.keys(dependencies).sort());
  });
});

it('every connector has its page, and going live names those of vendors', () => {
  const goingLive = textOf('docs/going-live.md');
  for (const name of connectors.keys()) {
    expect(existsSync(join(ROOT, `docs/reference/connectors/${name}.md`)), name).toBe(true);
    if (name !== 'demo') expect(goingLive).toContain(`reference/connectors/${name}.md`);
  }
});
