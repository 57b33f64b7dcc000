// Files that a person names on the command line: read and written with one sentence for what is wrong with the name, and never a stack.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { errorReason, StockbridgeError } from '../core/errors.ts';

/** The bytes of a file; `-` is standard input. @throws StockbridgeError `argument_invalid` when it is not there or cannot be read. */
export async function givenBytes(path: string): Promise<Buffer> {
  if (path === '-') return standardInput();
  return readFile(path).catch(unusable(path, 'read'));
}

/** As {@link givenBytes}, as text. */
export const givenText = async (path: string): Promise<string> => (await givenBytes(path)).toString('utf8');

/** Writes a file anew. @throws StockbridgeError `argument_invalid` when it cannot be written there. */
export const writeGiven = (
  path: string,
  content: string | Buffer,
  options: { readonly mode?: number } = {},
): Promise<void> => writeFile(path, content, options).catch(unusable(path, 'written'));

/** Makes a folder to write into, where there is none. @throws StockbridgeError `argument_invalid` when it cannot be made there. */
export const givenFolder = async (path: string): Promise<void> =>
  void (await mkdir(path, { recursive: true }).catch(unusable(path, 'written')));

async function standardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const unusable =
  (path: string, done: 'read' | 'written') =>
  (error: unknown): never => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const missing = done === 'read' ? 'is not there' : 'is in no folder that is there';
    const reason =
      code === 'ENOENT'
        ? missing
        : code === 'EISDIR'
          ? 'is a folder'
          : code === 'EEXIST' || code === 'ENOTDIR'
            ? 'is no folder'
            : `cannot be ${done} (${code === '' ? errorReason(error) : code})`;
    throw new StockbridgeError('argument_invalid', `${path} ${reason}`, {
      cause: error,
      help: 'Look at how it is written; nothing was changed.',
    });
  };
