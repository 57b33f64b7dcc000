// Micro-batching: many callers submit one item each, one run carries them together, each caller gets its own answer.
// It keeps order, never waits when nothing is running, and never lets a failing run touch another run's items.
// It refuses to retry, to drop, and to know what an item is.

export interface BatcherOptions<T, R> {
  /** A run carries items of at most this total weight; one heavier item runs alone. */
  readonly maxItems: number;
  /** While other runs are under way, the oldest waiting item starts another run after this time. */
  readonly maxWaitMs: number;
  /** Runs under way at once. */
  readonly maxInFlight: number;
  /** Weight of one item, a whole number of at least 1; without it every item weighs 1. */
  readonly weigh?: (item: T) => number;
  /** Does the work for `items` and answers one result per item, in the same order. */
  readonly run: (items: readonly T[]) => Promise<readonly R[]>;
}

export interface Batcher<T, R> {
  /** Answers the item's own result; rejects with the error of the run that carried it, or once `close` was called. */
  submit(item: T): Promise<R>;
  /** Items submitted and not yet carried by a run. */
  readonly waiting: number;
  /** Takes no more items and resolves when every accepted one has its answer. */
  close(): Promise<void>;
}

interface Entry<T, R> {
  readonly item: T;
  readonly weight: number;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** Makes a batcher; with nothing under way the items of one turn of the event loop leave together on the next turn. */
export function createBatcher<T, R>(options: BatcherOptions<T, R>): Batcher<T, R> {
  const { maxItems, maxWaitMs, maxInFlight, weigh = () => 1, run } = options;
  if (maxItems < 1 || maxInFlight < 1) throw new RangeError('maxItems and maxInFlight must be at least 1');
  const waiting: Entry<T, R>[] = [];
  const closers: (() => void)[] = [];
  let waitingWeight = 0;
  let inFlight = 0;
  let closed = false;
  let turn: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;

  const takeBatch = (): Entry<T, R>[] => {
    let weight = 0;
    let count = 0;
    for (const entry of waiting) {
      if (count > 0 && weight + entry.weight > maxItems) break;
      weight += entry.weight;
      count += 1;
    }
    waitingWeight -= weight;
    return waiting.splice(0, count);
  };

  const carry = async (batch: readonly Entry<T, R>[]): Promise<void> => {
    try {
      const results = await run(batch.map((entry) => entry.item));
      if (results.length !== batch.length) {
        throw new Error(`a run answered ${results.length} results for ${batch.length} items`);
      }
      for (const [index, entry] of batch.entries()) entry.resolve(results[index] as R);
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    }
    inFlight -= 1;
    if (waiting.length > 0) startRun();
    else if (inFlight === 0) for (const done of closers.splice(0)) done();
  };

  const startRun = (): void => {
    if (turn) clearImmediate(turn);
    if (timer) clearTimeout(timer);
    turn = undefined;
    timer = undefined;
    if (waiting.length === 0 || inFlight >= maxInFlight) return;
    inFlight += 1;
    void carry(takeBatch());
    if (waiting.length > 0) plan();
  };

  /** Decides when the waiting items leave: now when they fill a run, next turn when idle, else when the wait is over. */
  const plan = (): void => {
    if (inFlight >= maxInFlight) return;
    if (waitingWeight >= maxItems) startRun();
    else if (inFlight === 0) turn ??= setImmediate(startRun);
    else timer ??= setTimeout(startRun, maxWaitMs);
  };

  return {
    submit: (item) =>
      new Promise<R>((resolve, reject) => {
        if (closed) return reject(new Error('the batcher is closed'));
        const weight = weigh(item);
        if (!Number.isInteger(weight) || weight < 1)
          return reject(new RangeError(`an item cannot weigh ${weight}`));
        waiting.push({ item, weight, resolve, reject });
        waitingWeight += weight;
        plan();
      }),
    get waiting() {
      return waiting.length;
    },
    close: () => {
      closed = true;
      if (waiting.length === 0 && inFlight === 0) return Promise.resolve();
      startRun();
      return new Promise((resolve) => closers.push(resolve));
    },
  };
}
