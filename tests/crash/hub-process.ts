// One `stockbridge start` as a process of its own under a small supervisor: started again whenever it ends, as an
// operator's service manager would, and telling apart who ended it. It ends only the processes that it started.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));
const RESTART_PAUSE_MS = 300;
const KEPT_LINES = 4_000;

export interface Death {
  readonly name: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines it wrote. */
  readonly said: string;
}

export interface HubProcess {
  readonly name: string;
  /** Ends that nobody asked for, of a process that had been running: each is a defect. */
  readonly deaths: readonly Death[];
  /** Starts that did not come up, as happens while PostgreSQL or Redis is away. */
  readonly failedStarts: readonly Death[];
  readonly kills: number;
  /** The longest that it was not up, from an end to the start that came up. */
  readonly longestAwayMs: number;
  /** Everything it wrote, the newest lines only. */
  readonly lines: readonly string[];
  ready(deadlineMs: number): Promise<void>;
  /** SIGKILL now; it comes back by itself after `downMs`. */
  kill(downMs: number): Promise<void>;
  /** Freezes the process for a time, then lets it go on where it was. */
  freeze(forMs: number): Promise<void>;
  /** SIGTERM, and no more restarts; answers the exit code and how long it took. */
  stop(deadlineMs: number): Promise<{ code: number | null; tookMs: number }>;
  /** For the end of a test that failed: no question asked. */
  destroy(): Promise<void>;
}

/** Starts `stockbridge start --roles …` and keeps it running until `stop`. */
export function startProcess(name: string, configFile: string, roles: readonly string[]): HubProcess {
  const process = new Supervised(name, ['-c', configFile, 'start', '--roles', ...roles]);
  process.start();
  return process;
}

class Supervised implements HubProcess {
  readonly name: string;
  readonly deaths: Death[] = [];
  readonly failedStarts: Death[] = [];
  readonly lines: string[] = [];
  kills = 0;
  longestAwayMs = 0;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #isReady = false;
  #awaySince = performance.now();
  #stopping = false;
  #downUntil = 0;

  constructor(name: string, args: readonly string[]) {
    this.name = name;
    this.#args = args;
  }

  start(): void {
    if (this.#stopping) return;
    // Of the environment only what a process needs, so that no setting of this machine gets in.
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
    const child = spawn(process.execPath, [CLI, ...this.#args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    this.#isReady = false;
    let rest = '';
    child.stderr.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      this.lines.push(...lines);
      if (this.lines.length > KEPT_LINES) this.lines.splice(0, this.lines.length - KEPT_LINES);
      if (!this.#isReady && lines.some((line) => line.includes('Stockbridge runs'))) {
        this.#isReady = true;
        this.longestAwayMs = Math.max(this.longestAwayMs, performance.now() - this.#awaySince);
      }
    });
    child.once('close', (code, signal) => {
      const death = { name: this.name, code, signal, said: [...this.lines.slice(-25), rest].join('\n') };
      if (!askedToEnd.has(child) && !this.#stopping)
        (this.#isReady ? this.deaths : this.failedStarts).push(death);
      if (this.#isReady) this.#awaySince = performance.now();
      this.#isReady = false;
      if (this.#child === child) this.#child = undefined;
      setTimeout(() => this.start(), Math.max(RESTART_PAUSE_MS, this.#downUntil - Date.now()));
    });
  }

  async ready(deadlineMs: number): Promise<void> {
    const deadline = Date.now() + deadlineMs;
    while (!this.#isReady) {
      if (Date.now() > deadline)
        throw new Error(
          `${this.name} is not up after ${deadlineMs} ms:\n${this.lines.slice(-25).join('\n')}`,
        );
      await sleep(50);
    }
  }

  async kill(downMs: number): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#downUntil = Date.now() + downMs;
    this.kills += 1;
    await ended(child, 'SIGKILL');
  }

  async freeze(forMs: number): Promise<void> {
    const child = this.#child;
    if (!child) return;
    child.kill('SIGSTOP');
    await sleep(forMs);
    child.kill('SIGCONT');
  }

  async stop(deadlineMs: number): Promise<{ code: number | null; tookMs: number }> {
    this.#stopping = true;
    const child = this.#child;
    if (!child) return { code: null, tookMs: 0 };
    const from = performance.now();
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await Promise.race([closed, sleep(deadlineMs, undefined, { ref: false })]);
    const { exitCode } = child;
    if (exitCode === null) await ended(child, 'SIGKILL');
    return { code: exitCode, tookMs: performance.now() - from };
  }

  async destroy(): Promise<void> {
    this.#stopping = true;
    if (!this.#child) return;
    this.#child.kill('SIGCONT');
    await ended(this.#child, 'SIGKILL');
  }
}

const askedToEnd = new WeakSet<ChildProcess>();

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  askedToEnd.add(child);
  child.kill(signal);
  await closed;
}
