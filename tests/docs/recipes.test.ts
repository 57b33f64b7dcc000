// Runs the recipes as they stand: their files are written, their commands typed into one shell, and what is printed is
// compared with what the page says. `…` stands for anything within a line, a line of only `…` for any lines.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { removeEmbedded } from '../../src/core/storage/embedded.ts';
import { freePort } from '../support/free-port.ts';

const ROOT = join(import.meta.dirname, '../..');
const RECIPES = join(ROOT, 'docs/recipes');
const pages = [
  ...readdirSync(RECIPES)
    .filter((name) => name !== 'README.md')
    .map((name) => join(RECIPES, name)),
  join(ROOT, 'docs/warehouses.md'),
  join(ROOT, 'docs/books.md'),
].map((path) => relative(ROOT, path));

interface Command {
  readonly command: string;
  readonly expected: string;
}
type Step = { readonly file: string; readonly content: string } | Command;

/** What a page asks for, in its order: a fence with a name is a file, one of `console` is commands with their output. */
function stepsOf(page: string): Step[] {
  return [...page.matchAll(/^```(\S+)(?: (\S+))?\n(.*?)^```$/gms)].flatMap(
    ([, language = '', file, content = '']): Step[] => {
      if (file !== undefined) return [{ file, content }];
      return language === 'console' ? commandsOf(content) : [];
    },
  );
}

function commandsOf(content: string): Command[] {
  return content
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n');
      return { command: part.slice(0, end), expected: part.slice(end + 1) };
    });
}

/** One shell for the whole page: variables, exit codes and background jobs live on, as they do for a reader. */
const SEPARATOR = '\u001e';
function scriptOf(steps: readonly Step[]): string {
  const lines = steps.map((step, index) => {
    if ('command' in step) return `(exit $last)\n${step.command}\nlast=$?; printf '${SEPARATOR}'`;
    const path = `'${step.file}'`;
    return `mkdir -p "$(dirname ${path})" && cp '.steps/${index}' ${path}`;
  });
  return ['last=0', ...lines].join('\n');
}

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

function patternOf(expected: string): RegExp {
  const lines = expected.replace(/\n$/, '').split('\n');
  const patterns = lines.map((line) =>
    line.trim() === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(literally).join('.*')}[ ]*\\n`,
  );
  return new RegExp(`^${expected === '' ? '' : patterns.join('')}$`);
}

describe('a pattern of expected output', () => {
  it.each([
    ['a … c\n', 'a b c\n', true],
    ['a … c\n', 'a b d\n', false],
    ['a\n…\nd\n', 'a\nb\nc\nd\n', true],
    ['a\n…\nd\n', 'a\nd\ne\n', false],
    ['(a).\n', '(a).\n', true],
    ['(a).\n', '(a)x\n', false],
    ['', '', true],
    ['', 'unexpected\n', false],
    ['expected\n', '', false],
  ])('%j on %j: %s', (expected, actual, fits) => {
    expect(patternOf(expected).test(actual)).toBe(fits);
  });
});

test('a page’s shell ends with the process that started it, and so does what it left running', async () => {
  const starter = spawn('sleep', ['60'], { stdio: 'ignore' });
  const script = 'sleep 60 & jobs | wc -l; until false; do sleep 0.2; done';
  const shell = spawn('bash', ['-c', diesWith(starter.pid ?? 0), 'page', script], {
    ...{ detached: true, stdio: ['ignore', 'pipe', 'ignore'] },
  });
  try {
    const [jobs] = await once(shell.stdout, 'data');
    expect(String(jobs).trim()).toBe('1');
    expect(shell.exitCode ?? shell.signalCode).toBeNull();
    const ended = once(shell, 'close', { signal: AbortSignal.timeout(20_000) });
    starter.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGTERM']);
  } finally {
    starter.kill('SIGKILL');
    endGroup(shell);
  }
});

describe('the recipe', () => {
  let tools: string;
  beforeAll(async () => {
    tools = await mkdtemp(join(tmpdir(), 'stockbridge-recipe-tools-'));
    await tool('stockbridge', `exec '${process.execPath}' '${join(ROOT, 'src/cli.ts')}' "$@"`);
    await tool('node', `exec '${process.execPath}' "$@"`);
  });
  afterAll(() => rm(tools, { recursive: true, force: true }));

  const tool = async (name: string, line: string): Promise<void> => {
    writeFileSync(join(tools, name), `#!/bin/sh\n${line}\n`);
    await chmod(join(tools, name), 0o755);
  };

  it.each(pages)('%s prints what it says', { timeout: 300_000 }, async (page) => {
    const steps = stepsOf(readFileSync(join(ROOT, page), 'utf8'));
    const commands = steps.filter((step): step is Command => 'command' in step);
    expect(commands.length).toBeGreaterThan(2);
    const folder = await mkdtemp(join(tmpdir(), 'stockbridge-recipe-'));
    try {
      const { outputs, complaints } = await run(folder, steps, tools);
      for (const [index, { command, expected }] of commands.entries()) {
        const actual = outputs[index] ?? 'the page ended before this command';
        if (!patternOf(expected).test(actual)) expect(actual, `$ ${command}\n${complaints}`).toBe(expected);
      }
    } finally {
      await removeEmbedded({ dataDir: join(folder, '.stockbridge') });
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function run(folder: string, steps: readonly Step[], tools: string) {
  for (const [index, step] of steps.entries()) {
    if (!('file' in step)) continue;
    const copy = join(folder, '.steps', String(index));
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, step.content);
  }
  const shell = spawn('bash', ['-c', diesWith(process.pid), 'page', scriptOf(steps)], {
    cwd: folder,
    env: {
      PATH: [tools, process.env.PATH].join(delimiter),
      HOME: folder,
      PROJECT: ROOT,
      LANG: 'C.UTF-8',
      PORT: String(await freePort()),
    },
    // A group of its own, so that a hub that the page left running ends with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let complaints = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  shell.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const deadline = setTimeout(() => endGroup(shell), 270_000);
  await once(shell, 'exit');
  clearTimeout(deadline);
  endGroup(shell);
  return { outputs: output.split(SEPARATOR).slice(0, -1), complaints };
}

/**
 * Runs the script in its first argument as if it alone were there, and ends its whole group when the process `pid` is gone: a
 * test that is killed cannot clean up. Hubs are asked first, so that they stop their PostgreSQL.
 */
const diesWith = (pid: number): string =>
  `(trap '' TERM; while kill -0 ${pid}; do sleep 0.5; done; kill -TERM 0; sleep 5; kill -KILL 0) < /dev/null > /dev/null 2>&1 &
exec bash -c "$1"`;

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already, as it should be.
  }
}
