// The methods of texts stay quick beside a library that slows them, seen in a process of its own: what V8 has once taken
// note of cannot be forgotten in this one.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const answered = (script: string): string =>
  execFileSync(process.execPath, ['--allow-natives-syntax', '--input-type=module', '--eval', script], {
    cwd: new URL('../..', import.meta.url).pathname,
    encoding: 'utf8',
    timeout: 30_000,
  }).trim();
const SAY = 'console.log(new Function("return %HasFastProperties(String.prototype)")());';

test('a library that extends String slows every text of the process', () => {
  expect(answered(`await import('ioredis'); ${SAY}`)).toBe('false');
});

test('the files that load it bring it back', () => {
  expect(answered(`await import('./src/workers/queues.ts'); ${SAY}`)).toBe('true');
  expect(answered(`await import('./src/workers/redis-check.ts'); ${SAY}`)).toBe('true');
});
