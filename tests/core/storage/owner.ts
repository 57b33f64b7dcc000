// Starts `owner-process.ts` as a process of its own and answers what it said first.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface OwnerProcess {
  readonly pid: number;
  /** The first line it wrote: an address, or the refusal. */
  readonly said: Record<string, unknown>;
  /** Resolves when the process is gone, with its exit code; sends the signal first unless it ends by itself. */
  end(signal?: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
}

export async function ownerProcess(
  dataDir: string,
  user: { uid?: number; gid?: number } = {},
): Promise<OwnerProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'owner-process.ts'), dataDir], {
    ...user,
    cwd: '/',
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let said = '';
  let complained = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complained += chunk.toString();
  });
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes('\n')) break;
  }
  if (!said.includes('\n') || child.pid === undefined)
    throw new Error(`the owner process said nothing: ${complained}`);
  return {
    pid: child.pid,
    said: JSON.parse(said) as Record<string, unknown>,
    end: async (signal) => {
      if (signal && child.exitCode === null && child.signalCode === null) child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}
