// Sends webhooks as fast as they are answered, from a process of its own: 64 connections that stay open, one request under
// way on each. Everything is signed and serialised before the clock starts, so that little but sockets is left to pay.
import { createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** What the parent asks for, as the one message of a run. */
export interface LoadOrder {
  readonly port: number;
  readonly path: string;
  /** As Standard Webhooks writes it, without `whsec_`. */
  readonly secret: string;
  /** Names the deliveries of this run apart from those of others. */
  readonly run: string;
  readonly distinct: number;
  /** Deliveries sent a second time, spread over the run. */
  readonly repeated: number;
  readonly bodyBytes: number;
  readonly connections: number;
}

export interface LoadReport {
  readonly sent: number;
  readonly accepted: number;
  readonly seconds: number;
}

process.on('message', async (order: LoadOrder) => {
  const requests = requestsOf(order);
  process.send?.(await send(order, requests));
});

function requestsOf(order: LoadOrder): Buffer[] {
  const key = Buffer.from(order.secret, 'base64');
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const requests = Array.from({ length: order.distinct }, (_, n) => requestOf(order, key, timestamp, n));
  const step = order.repeated > 0 ? Math.floor(order.distinct / order.repeated) : 0;
  // A repetition comes a few deliveries after the first, as a sender's impatient retry does.
  for (let repeat = order.repeated - 1; repeat >= 0; repeat -= 1) {
    const original = requests[repeat * step];
    if (original) requests.splice(Math.min(requests.length, repeat * step + 100), 0, original);
  }
  return requests;
}

function requestOf({ path, run, bodyBytes }: LoadOrder, key: Buffer, timestamp: string, n: number): Buffer {
  const id = `${run}-${n}`;
  const body = bodyOf(id, bodyBytes);
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  const head =
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n` +
    `webhook-id: ${id}\r\nwebhook-timestamp: ${timestamp}\r\nwebhook-signature: v1,${signature}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** A receipt with as many lines as fit, padded to the byte. Ids of one run have different lengths, hence the padding. */
function bodyOf(id: string, bytes: number): Buffer {
  const head = `{"type":"receipt","id":"${id}","document":"${id}","occurredAt":"2026-01-01T00:00:00Z",`;
  const tail = `"lines":[${LINES}]}`;
  const padding = 'x'.repeat(bytes - head.length - tail.length - '"reference":"",'.length);
  return Buffer.from(`${head}"reference":"${padding}",${tail}`);
}

const LINES = Array.from(
  { length: 48 },
  (_, n) => `{"line":"${n + 1}","sku":"SKU-${(n * 37) % 500}","quantity":"${1 + (n % 9)}","location":"Main"}`,
).join(',');

function send(order: LoadOrder, requests: readonly Buffer[]): Promise<LoadReport> {
  let next = 0;
  let answered = 0;
  let accepted = 0;
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const sockets: Socket[] = [];
    const done = () => {
      for (const socket of sockets) socket.destroy();
      resolve({ sent: requests.length, accepted, seconds: (performance.now() - startedAt) / 1_000 });
    };
    const onAnswer = (ok: boolean, socket: Socket) => {
      answered += 1;
      if (ok) accepted += 1;
      const request = requests[next];
      next += 1;
      if (request) socket.write(request);
      else if (answered === requests.length) done();
    };
    for (let n = 0; n < order.connections; n += 1) {
      const socket = connect({ port: order.port, host: '127.0.0.1', noDelay: true });
      sockets.push(socket);
      socket.on('error', reject);
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        const end = answerEnd(text);
        if (end === -1) return;
        const ok = text.startsWith('HTTP/1.1 200 ');
        text = text.slice(end);
        onAnswer(ok, socket);
      });
      const first = requests[next];
      next += 1;
      if (first) socket.write(first);
    }
  });
}

/** Where the first answer in `text` ends; -1 while it is incomplete. Both servers state the length of what they answer. */
function answerEnd(text: string): number {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return -1;
  const length = /content-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1];
  if (length === undefined) throw new Error('an answer did not state its length');
  const end = headEnd + 4 + Number(length);
  return text.length >= end ? end : -1;
}
