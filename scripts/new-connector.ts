// Makes a connector by copying the demo connector, which is itself tested: `npm run new:connector corner-shop`.
// The copy works and passes the contract suite at once; from there every room is replaced by the real thing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Script } from 'node:vm';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Copies the demo connector and its fixture to `name`, and enters it in the registry. Answers the files it wrote.
 * @throws Error with one sentence when the name cannot be used; nothing is written then.
 */
export async function newConnector(root: string, name: string): Promise<string[]> {
  if (!NAME.test(name) || name.length > 30) {
    throw new Error(
      `"${name}" cannot be a connector's name: use lower-case letters and digits, joined by dashes.`,
    );
  }
  const reference = await readFile(join(root, 'src/connectors/demo/index.ts'), 'utf8');
  if (!isFreeWord(camel(name), reference)) {
    throw new Error(`"${name}" cannot be a connector's name: the code uses the word; add another to it.`);
  }
  const folder = join('src/connectors', name);
  const fixture = `tests/contract/fixtures/${name}.ts`;
  for (const path of [folder, fixture]) {
    if (existsSync(join(root, path))) throw new Error(`${path} exists already; choose another name.`);
  }
  await cp(join(root, 'src/connectors/demo'), join(root, folder), { recursive: true, errorOnExist: true });
  await cp(join(root, 'tests/contract/fixtures/demo.ts'), join(root, fixture));
  const files = [...(await readdir(join(root, folder))).map((file) => join(folder, file)), fixture];
  for (const file of files) await edit(join(root, file), (text) => renamed(text, name));
  await edit(join(root, folder, 'index.ts'), (text) => withOwnOpening(text, name));
  const registry = 'src/connectors/index.ts';
  await edit(join(root, registry), (text) => registered(text, name));
  return [...files, registry];
}

/** True when `word` can be exported by a module that holds `code`. */
function isFreeWord(word: string, code: string): boolean {
  const names = code.replaceAll(/'[^']*'|\/\/.*/g, '');
  if (new RegExp(`\\b${word}\\b`).test(names)) return false;
  try {
    return new Script(`'use strict'; const ${word} = 0;`) instanceof Script;
  } catch {
    return false;
  }
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}

const pascal = (name: string): string =>
  name.replace(/(^|-)(.)/g, (_, _dash: string, first: string) => first.toUpperCase());
const camel = (name: string): string => name.replace(/-(.)/g, (_, first: string) => first.toUpperCase());
const title = (name: string): string =>
  `${name.charAt(0).toUpperCase()}${name.slice(1)}`.replaceAll('-', ' ');

/** Every spelling of `demo`: a part of an identifier, an identifier, a path, a word of a header, a word of prose. */
function renamed(text: string, name: string): string {
  return text
    .replace(/Demo(?=[A-Z])/g, pascal(name))
    .replace(/\bdemo(?=[A-Z])/g, camel(name))
    .replace(/\bDemo\b/g, title(name))
    .replace(/\b(const|import \{) demo\b/g, `$1 ${camel(name)}`)
    .replace(/\bdemo\b/g, name);
}

function withOwnOpening(text: string, name: string): string {
  const code = text.replace(/^(\/\/.*\n)+/, '');
  return `// Connects ${title(name)}: puts the rooms of this folder together, and does nothing by itself.\n${code}`;
}

function registered(text: string, name: string): string {
  const line = /^import \{ (\w+) \} from '\.\/([\w-]+)\/index\.ts';\n/gm;
  const entries = [...text.matchAll(line)].map(([, symbol = '', folder = '']) => ({ symbol, folder }));
  entries.push({ symbol: camel(name), folder: name });
  entries.sort((a, b) => (a.folder < b.folder ? -1 : 1));
  const imports = entries
    .map(({ symbol, folder }) => `import { ${symbol} } from './${folder}/index.ts';\n`)
    .join('');
  const first = text.search(line);
  const rest = text.replace(line, '');
  const list = entries.map(({ symbol }) => symbol).join(', ');
  return `${rest.slice(0, first)}${imports}${rest.slice(first)}`.replace(
    /(const all: readonly Connector\[\] = \[)[^\]]*\]/,
    `$1${list}]`,
  );
}

if (import.meta.main) {
  const [name = ''] = process.argv.slice(2);
  const root = join(import.meta.dirname, '..');
  try {
    const files = await newConnector(root, name);
    // Names of other lengths break lines elsewhere; the formatter knows where.
    spawnSync('npx', ['biome', 'check', '--write', ...files], { cwd: root, stdio: 'inherit' });
    console.log(`Made ${files.length} files:\n${files.map((file) => `  ${file}`).join('\n')}`);
    console.log(`Next: npx vitest run tests/contract -t ${name}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
