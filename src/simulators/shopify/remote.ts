// The simulator's levers from another process, over HTTP.
import type { Levers, RemoteControl } from './control.ts';

const names: Record<keyof Levers, true> = {
  seed: true,
  sell: true,
  fulfil: true,
  cancelFulfilment: true,
  hold: true,
  releaseHold: true,
  setPayment: true,
  refund: true,
  cancelOrder: true,
  editOrder: true,
  moveFulfilmentOrder: true,
  openReturn: true,
  dispose: true,
  adjust: true,
  changeVariant: true,
  changeLocation: true,
  setStocked: true,
  setFaults: true,
  drainBucket: true,
  revokeTokens: true,
  books: true,
  pushes: true,
  orders: true,
  deliveries: true,
  pendingDeliveries: true,
  settled: true,
  subscriptions: true,
  requests: true,
};

/** A control over a running simulator. Rejects with the simulator's own words when a lever refuses. */
export function connectShopifySimulator(baseUrl: string): RemoteControl {
  const methods = Object.keys(names).map((name) => [name, (wish: unknown) => pull(baseUrl, name, wish)]);
  return Object.fromEntries(methods) as RemoteControl;
}

async function pull(baseUrl: string, name: string, wish: unknown): Promise<unknown> {
  const response = await fetch(`${baseUrl}/__simulator/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish ?? {}),
  });
  const answer = (await response.json()) as { result?: unknown; error?: string };
  if (!response.ok) throw new Error(`the simulator refused ${name}: ${answer.error ?? response.status}`);
  return answer.result;
}
