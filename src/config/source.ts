// The configuration file as read: its values with `${ENV}` filled in, and where in the file each of them stands.
// It knows YAML and the environment and no setting; it never puts file content or a variable's value into a message.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  Scalar,
  visit,
} from 'yaml';

export type Path = readonly PropertyKey[];

/** Counted from one, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface SourceMistake {
  readonly position: Position;
  readonly problem: string;
  readonly help: string;
}

export interface Source {
  /** The file's content as plain values; undefined when it cannot be read as YAML at all. */
  readonly value: unknown;
  readonly mistakes: readonly SourceMistake[];
  /** Where the value at `path` stands, or its key; for something that is missing, the nearest parent. */
  positionOf(path: Path, part?: 'value' | 'key'): Position | undefined;
  /** How the value at `path` came about: written as it is, with a variable filled in, or lacking its variable. */
  originOf(path: Path): 'written' | 'filled' | 'lacking';
  /** Every text that came out of a variable. */
  readonly filledTexts: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$(\$)?\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** Reads YAML text and fills in `${NAME}` and `${NAME:-default}`; `$${NAME}` stays `${NAME}`. */
export function readSource(text: string, env: Environment): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const broken = syntaxMistakes(document, text, at);
  const filling = fillReferences(document, env, at);
  const plain = broken.fatal ? { value: undefined, mistakes: [] } : plainValue(document);
  return {
    value: plain.value,
    mistakes: broken.fatal ? broken.mistakes : [...broken.mistakes, ...filling.mistakes, ...plain.mistakes],
    positionOf: (path, part = 'value') => {
      const offset = offsetAt(document, path, part);
      return offset === undefined ? undefined : at(offset);
    },
    originOf: (path) => filling.origins.get(nodeAt(document, path)) ?? 'written',
    filledTexts: filling.texts,
  };
}

/** In the order of the file; after the first that breaks the structure the parser only guesses, so the rest is left out. */
function syntaxMistakes(document: Document.Parsed, text: string, at: (offset: number) => Position) {
  const mistakes: SourceMistake[] = [];
  let fatal = false;
  for (const { code, pos } of [...document.errors, ...document.warnings].sort(
    (a, b) => a.pos[0] - b.pos[0],
  )) {
    const position = at(pos[0]);
    const known = SYNTAX[code];
    if (known) {
      mistakes.push({ position, ...known });
    } else if (!fatal) {
      fatal = true;
      const line = text.split('\n')[position.line - 1] ?? '';
      const inFlow = /[{[,].*\$\{/.test(line);
      mistakes.push({
        position,
        problem: 'this is no valid YAML',
        help: inFlow
          ? `Inside { } and [ ] put references in quotes: { url: "\${DATABASE_URL}" }.`
          : 'Check indentation, quotes and colons here and in the line above.',
      });
    }
  }
  return { mistakes, fatal };
}

const SYNTAX: Readonly<Record<string, { readonly problem: string; readonly help: string }>> = {
  DUPLICATE_KEY: { problem: 'this key is written twice in the same place', help: 'Keep one of them.' },
  BAD_ALIAS: {
    problem: 'this `*` refers to no anchor above it',
    help: 'Put a text that starts with * in quotes.',
  },
  TAG_RESOLVE_FAILED: { problem: 'this tag is not known', help: 'Put a text that starts with ! in quotes.' },
};

function plainValue(document: Document.Parsed): {
  readonly value: unknown;
  readonly mistakes: SourceMistake[];
} {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) ?? {}, mistakes: [] };
  } catch {
    const problem = 'the anchors of this file unfold to too much';
    return {
      value: undefined,
      mistakes: [{ position: { line: 1, column: 1 }, problem, help: 'Write them out.' }],
    };
  }
}

function fillReferences(document: Document.Parsed, env: Environment, at: (offset: number) => Position) {
  const mistakes: SourceMistake[] = [];
  const texts: string[] = [];
  const origins = new Map<unknown, 'filled' | 'lacking'>();
  visit(document, {
    Alias(_, node, ancestors) {
      const target = node.resolve(document);
      const isCircle = ancestors.some((ancestor) => ancestor === target);
      if (target && !isCircle) return undefined;
      const absent: Scalar = new Scalar(undefined);
      if (node.range) absent.range = node.range;
      origins.set(absent, 'lacking');
      mistakes.push({
        position: at(node.range?.[0] ?? 0),
        problem: isCircle
          ? 'this `*` stands inside what it refers to'
          : 'this `*` refers to no anchor above it',
        help: isCircle ? 'Write it out.' : 'Put a text that starts with * in quotes.',
      });
      return absent;
    },
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      const text = node.value.replace(
        REFERENCE,
        (whole, escaped: string | undefined, name: string, standard?: string) => {
          if (escaped) return whole.slice(1);
          const given = env[name];
          if (given !== undefined && (given !== '' || standard === undefined)) {
            if (given !== '') texts.push(given);
            return given;
          }
          if (standard !== undefined) return standard;
          origins.set(node, 'lacking');
          mistakes.push({
            position: at(node.range?.[0] ?? 0),
            problem: `the environment variable ${name} is not set`,
            help: `Set ${name}, or write a default: \${${name}:-…}.`,
          });
          return '';
        },
      );
      if (!origins.has(node)) origins.set(node, 'filled');
      // `${NAME:-}` without the variable means that the setting is not given
      node.value = text === '' ? undefined : text;
      if (text !== '') texts.push(text);
    },
  });
  return { mistakes, texts, origins };
}

function nodeAt(document: Document.Parsed, path: Path): unknown {
  let node: unknown = resolved(document, document.contents);
  for (const step of path) node = resolved(document, childAt(node, step)?.value);
  return node;
}

function offsetAt(document: Document.Parsed, path: Path, part: 'value' | 'key'): number | undefined {
  let offset = document.contents?.range?.[0] ?? 0;
  let node: unknown = resolved(document, document.contents);
  for (const [index, step] of path.entries()) {
    const child = childAt(node, step);
    if (!child) return offset;
    const wantsKey =
      (part === 'key' && index === path.length - 1) || isMap(child.value) || isSeq(child.value);
    offset = rangeStart(wantsKey ? (child.key ?? child.value) : (child.value ?? child.key)) ?? offset;
    node = resolved(document, child.value);
  }
  return offset;
}

function childAt(
  node: unknown,
  step: PropertyKey,
): { readonly key?: unknown; readonly value: unknown } | undefined {
  if (isSeq(node)) return { value: node.items[Number(step)] };
  if (!isMap(node)) return undefined;
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
}

const resolved = (document: Document.Parsed, node: unknown): unknown =>
  isAlias(node) ? node.resolve(document) : node;

const rangeStart = (node: unknown): number | undefined =>
  (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) && node.range ? node.range[0] : undefined;
