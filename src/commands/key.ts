// stockbridge key: a new random key in the form that the configuration wants.
import { randomBytes } from 'node:crypto';
import { output } from './output.ts';
import type { GlobalOptions } from './session.ts';

export function newKey(options: GlobalOptions): Promise<number> {
  const key = randomBytes(32).toString('base64');
  output(options).result({ key }, () => key);
  return Promise.resolve(0);
}
