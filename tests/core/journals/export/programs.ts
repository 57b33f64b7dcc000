// The accounting programs that read our files, when this machine has them.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const PACKAGES = { hledger: 'hledger', 'bean-check': 'beancount' } as const;
export type Program = keyof typeof PACKAGES;

/**
 * Whether a program can run here. Says loudly what is skipped when not, and throws instead when
 * STOCKBRIDGE_REQUIRE=all makes every test mandatory.
 */
export async function programIsInstalled(program: Program): Promise<boolean> {
  try {
    await run(program, ['--version']);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const missing =
      `${program} was not found on PATH, so exported journals were NOT checked by it. ` +
      `Install it (Debian/Ubuntu: apt-get install ${PACKAGES[program]}) and run again.`;
    if (process.env.STOCKBRIDGE_REQUIRE === 'all') throw new Error(missing);
    process.stderr.write(`\n${'!'.repeat(8)} ${missing}\n\n`);
    return false;
  }
}

/** What a program says about a file, in its own words. */
export async function ask(
  program: Program,
  args: readonly string[],
): Promise<{ code: number; text: string }> {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', BEANCOUNT_DISABLE_LOAD_CACHE: '1' };
  try {
    const { stdout, stderr } = await run(program, args, {
      env,
      timeout: 20_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, text: `${stdout}${stderr}` };
  }
}
