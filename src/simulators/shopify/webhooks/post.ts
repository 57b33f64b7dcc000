// One HTTP POST of a webhook body: what came back, or why nothing did. It never throws.
import http from 'node:http';
import https from 'node:https';

export type PostResult = { status: number | null; error: string | null };

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxSockets: 32 }),
  'https:': new https.Agent({ keepAlive: true, maxSockets: 32 }),
};

/** The vendor gives a connection one of its five seconds. */
const connectShare = 1 / 5;

/** Posts the body and waits at most `timeoutMs` in total for a status; `signal` gives up at once. */
export function post(
  uri: string,
  body: string,
  headers: Record<string, string>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<PostResult> {
  const { promise, resolve } = Promise.withResolvers<PostResult>();
  const url = new URL(uri);
  const secure = url.protocol === 'https:';
  const request = (secure ? https : http).request(url, {
    method: 'POST',
    headers,
    signal,
    agent: secure ? agents['https:'] : agents['http:'],
  });
  const timer = setTimeout(() => request.destroy(new Error('timed out')), timeoutMs);
  request.on('socket', (socket) => {
    if (!socket.connecting) return;
    const connectTimer = setTimeout(
      () => request.destroy(new Error('connecting timed out')),
      timeoutMs * connectShare,
    );
    for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(connectTimer));
  });
  const end = (result: PostResult): void => {
    clearTimeout(timer);
    resolve(result);
  };
  request.on('response', (response) => {
    response.resume();
    response.on('end', () => end({ status: response.statusCode ?? null, error: null }));
    response.on('error', (error) => end({ status: null, error: error.message }));
  });
  request.on('error', (error) => end({ status: null, error: error.message }));
  request.end(body);
  return promise;
}
