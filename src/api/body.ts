// Reads a request's raw bytes with a cap; nothing is parsed here.
import type { IncomingMessage } from 'node:http';

/** The bytes; `too large` beyond the cap, with the rest of the stream thrown away; `broken off` when the sender went away. */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | 'too large' | 'broken off'> {
  return new Promise((resolve) => {
    const declared = Number(request.headers['content-length'] ?? 0);
    const chunks: Buffer[] = [];
    let length = 0;
    const tooLarge = () => {
      chunks.length = 0;
      request.removeAllListeners('data');
      // The answer is sent while the sender still writes; what follows is read and forgotten for a moment, then cut off.
      request.resume();
      setTimeout(() => request.destroy(), 2_000).unref();
      resolve('too large');
    };
    if (declared > maxBytes) {
      tooLarge();
      return;
    }
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) tooLarge();
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', () => resolve('broken off'));
    request.on('close', () => resolve('broken off'));
  });
}
