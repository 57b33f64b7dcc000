// Names what goes wrong on a partner's server. It lets no text of the server or of a library through: such texts
// have held users, hosts and paths, and what they say is worded differently by every server.
import { StockbridgeError } from '../../../core/errors.ts';
import { plainTextOf } from '../../../core/vocabulary/text.ts';

/** Answers of the SFTP protocol, draft 3; 10 and 11 come from servers that speak a later one. */
const MEANINGS: Readonly<Record<number, string>> = {
  2: 'there is no such file',
  3: 'the server denies it',
  4: 'the server says it failed',
  8: 'the server cannot do this',
  10: 'there is no such folder',
  11: 'a file of that name exists',
};

/** The line is the trouble, not the file: tried again. */
export const unreachable = (message: string): StockbridgeError =>
  new StockbridgeError('partner_unreachable', message);

/** The server answered, and refused this one file or folder. */
export const refused = (message: string, status?: number): StockbridgeError =>
  new StockbridgeError('partner_refused_file', message, status === undefined ? {} : { details: { status } });

/** A name or path as it may stand in a message. */
export const shown = (path: string): string => `“${plainTextOf(path, 200)}”`;

/**
 * What an answer of the server means: a status about a file, or (no status, 6, 7) a line that broke.
 * `what` says what was asked, with the path, such as `archive “out/945.txt”`.
 */
export function answeredWith(error: unknown, what: string): StockbridgeError {
  const status = error instanceof Error && 'code' in error ? error.code : undefined;
  const meaning = typeof status === 'number' ? MEANINGS[status] : undefined;
  return typeof status === 'number' && meaning !== undefined
    ? refused(`${what}: ${meaning}`, status)
    : unreachable(`${what}: the connection broke`);
}

/** Status of the SFTP protocol in a refusal; undefined for anything else. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof StockbridgeError &&
  error.code === 'partner_refused_file' &&
  typeof error.details.status === 'number'
    ? error.details.status
    : undefined;

/** The server says that the file is not there. */
export const isMissing = (error: unknown): boolean => {
  const status = statusOf(error);
  return status === 2 || status === 10;
};

/** A refusal of the file itself: the session goes on. */
export const isRefusal = (error: unknown): error is StockbridgeError =>
  error instanceof StockbridgeError && error.code === 'partner_refused_file';
