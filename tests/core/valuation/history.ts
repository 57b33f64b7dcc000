// A short way to tell the history of one item: what came, what left, at which cost, and what became of it.
import { fold } from '../../../src/core/valuation/fold.ts';
import { inOrder } from '../../../src/core/valuation/order.ts';
import type { ItemState } from '../../../src/core/valuation/state.ts';
import type { CostEntry, CostPolicy, Pool, Step } from '../../../src/core/valuation/step.ts';
import { type Money, moneyFrom, moneyText } from '../../../src/core/vocabulary/money.ts';
import { type Quantity, quantityFrom, quantityText } from '../../../src/core/vocabulary/quantity.ts';
import type { AccountRole, CostMethod, CostTiming } from '../../../src/core/vocabulary/words.ts';

export const DAY = 86_400_000_000n;
/** Months of thirty days, from day 0 on: the fold does not know a calendar. */
const MONTH = 30n * DAY;

export interface HistoryOptions {
  readonly method?: CostMethod;
  readonly timing?: CostTiming;
  readonly currency?: string;
  readonly framework?: 'ifrs' | 'us_gaap';
}

interface When {
  /** Day it takes effect on; default: the day after the step before. */
  readonly day?: number;
  readonly pool?: Pool;
  readonly lot?: number;
  readonly id?: string;
}

const MAIN: Pool = { id: 0, role: 'inventory' };
export const STORE: Pool = { id: 2, role: 'inventory' };
export const SHIP: Pool = { id: 9, role: 'in_transit' };

export class History {
  readonly steps: Step[] = [];
  readonly policy: CostPolicy;
  #day = 0;
  #sequence = 0n;

  constructor(options: HistoryOptions = {}) {
    const timing = options.timing ?? 'perpetual';
    this.policy = {
      currency: options.currency ?? 'USD',
      method: options.method ?? 'fifo',
      timing,
      reversesWriteDowns: (options.framework ?? 'ifrs') === 'ifrs',
      periodStart: (at) => (timing === 'month' ? at - (at % MONTH) : at - (at % DAY)),
    };
  }

  #base(when: When) {
    this.#day = when.day ?? this.#day + 1;
    this.#sequence += 1n;
    return {
      id: when.id ?? `step-${this.#sequence}:0`,
      at: BigInt(this.#day) * DAY,
      sequence: this.#sequence,
      locationId: 1,
      lotId: when.lot ?? null,
      pool: when.pool ?? MAIN,
    };
  }

  money = (text: string): Money => moneyFrom(text, this.policy.currency);

  /** Receives goods that cost `value` in all, `landed` on top of it. */
  in(quantity: number | string, value: string, when: When & { landed?: string } = {}): this {
    const parts = [{ kind: 'receipt', from: 'received_not_billed', amount: this.money(value) } as const];
    this.steps.push({
      ...this.#base(when),
      kind: 'receive',
      quantity: quantityFrom(String(quantity)),
      cost: 'receipt',
      from: 'received_not_billed',
      parts:
        when.landed === undefined
          ? parts
          : [...parts, { kind: 'landed_cost', from: 'landed_clearing', amount: this.money(when.landed) }],
    });
    return this;
  }

  /** Finds more than was known, at the present cost, or at `value`. */
  found(quantity: number, when: When & { value?: string } = {}): this {
    this.steps.push({
      ...this.#base(when),
      kind: 'receive',
      quantity: quantityFrom(String(quantity)),
      cost: 'adjustment',
      from: 'adjustment',
      parts:
        when.value === undefined
          ? undefined
          : [{ kind: 'adjustment', from: 'adjustment', amount: this.money(when.value) }],
    });
    return this;
  }

  out(quantity: number | string, when: When & { to?: AccountRole; order?: string } = {}): this {
    const to = when.to ?? 'cost_of_goods_sold';
    this.steps.push({
      ...this.#base(when),
      kind: 'issue',
      quantity: quantityFrom(String(quantity)),
      to,
      cost: to === 'work_in_progress' ? 'consumption' : to === 'cost_of_goods_sold' ? 'sale' : 'adjustment',
      reference: when.order ?? null,
    });
    return this;
  }

  back(quantity: number, when: When & { order?: string; scrapped?: boolean; from?: AccountRole } = {}): this {
    const base = this.#base(when);
    this.steps.push({
      ...base,
      kind: 'return',
      quantity: quantityFrom(String(quantity)),
      pool: when.scrapped ? undefined : base.pool,
      from: when.from ?? 'cost_of_goods_sold',
      reference: when.order ?? null,
    });
    return this;
  }

  toSupplier(quantity: number, when: When & { receipt?: string; credit?: string } = {}): this {
    this.steps.push({
      ...this.#base(when),
      kind: 'supplier_return',
      quantity: quantityFrom(String(quantity)),
      receipt: when.receipt,
      credit: when.credit === undefined ? undefined : this.money(when.credit),
    });
    return this;
  }

  /** Takes back what production put into stock. */
  unmake(quantity: number, when: When & { output: string; credit?: string }): this {
    this.steps.push({
      ...this.#base(when),
      kind: 'undone_output',
      quantity: quantityFrom(String(quantity)),
      output: when.output,
      credit: when.credit === undefined ? undefined : this.money(when.credit),
    });
    return this;
  }

  move(quantity: number, to: Pool, when: When = {}): this {
    this.steps.push({ ...this.#base(when), kind: 'transfer', quantity: quantityFrom(String(quantity)), to });
    return this;
  }

  expects(unitCost: string, when: When & { revalues?: boolean } = {}): this {
    const { pool: _pool, lotId: _lot, ...base } = this.#base(when);
    this.steps.push({ ...base, kind: 'expect', unitCost, revalues: when.revalues ?? false });
    return this;
  }

  fetches(netRealisable: string, when: When = {}): this {
    const { pool: _pool, lotId: _lot, ...base } = this.#base(when);
    this.steps.push({ ...base, kind: 'write_down', netRealisable });
    return this;
  }

  method(method: CostMethod, when: When = {}): this {
    const { pool: _pool, lotId: _lot, ...base } = this.#base(when);
    this.steps.push({ ...base, kind: 'method', method, timing: 'perpetual' });
    return this;
  }

  /** The same history without one step. */
  without(id: string): this {
    const index = this.steps.findIndex((step) => step.id === id);
    if (index < 0) throw new RangeError(`no step ${id}`);
    this.steps.splice(index, 1);
    return this;
  }

  valued(): Valued {
    const { policy } = this;
    const { entries, state } = fold(
      policy,
      inOrder(this.steps, policy, () => policy.timing),
    );
    return new Valued(policy.currency, entries, state);
  }
}

export class Valued {
  readonly currency: string;
  readonly entries: readonly CostEntry[];
  readonly state: ItemState;

  constructor(currency: string, entries: readonly CostEntry[], state: ItemState) {
    this.currency = currency;
    this.entries = entries;
    this.state = state;
  }

  #text = (amount: bigint): string => moneyText(amount as Money, this.currency);

  /** Balance of a role, debit above zero. */
  balance(role: AccountRole): string {
    let total = 0n;
    for (const entry of this.entries) {
      if (entry.debit.role === role) total += entry.amount;
      if (entry.credit.role === role) total -= entry.amount;
    }
    return this.#text(total);
  }

  /** What a step did to a role, debit above zero; what others trued up of it is theirs. */
  of(step: string, role: AccountRole): string {
    let total = 0n;
    for (const entry of this.entries) {
      if (entry.step !== step) continue;
      if (entry.debit.role === role) total += entry.amount;
      if (entry.credit.role === role) total -= entry.amount;
    }
    return this.#text(total);
  }

  /** All that true-ups added to a role. */
  trueUps(role: AccountRole): string {
    let total = 0n;
    for (const entry of this.entries)
      if (entry.kind === 'true_up' && entry.debit.role === role) total += entry.amount;
    return this.#text(total);
  }

  /** `quantity = value` of a pool. */
  held(pool: Pool = MAIN): string {
    const held = this.state.pools.get(pool.id);
    return held
      ? `${quantityText(held.quantity as Quantity)} = ${this.#text(held.value)}`
      : `0 = ${this.#text(0n)}`;
  }
}

export const history = (options: HistoryOptions = {}): History => new History(options);
