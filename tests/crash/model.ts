// What the books must say in the end, computed from the events that were sent and from nothing of the hub: a map of
// numbers, each distinct fact applied once, in any order.

interface Level {
  onHand: number;
  reserved: number;
}

export interface ModelLine {
  readonly sku: string;
  readonly quantity: number;
}

export class Model {
  readonly #levels = new Map<string, Level>();
  readonly #orders = new Map<string, { version: number; lines: readonly ModelLine[] }>();

  constructor(opening: Iterable<readonly [string, number]>) {
    for (const [sku, onHand] of opening) this.#levels.set(sku, { onHand, reserved: 0 });
  }

  move(lines: readonly ModelLine[], sign: 1 | -1): void {
    for (const line of lines) this.#level(line.sku).onHand += sign * line.quantity;
  }

  reserve(lines: readonly ModelLine[], sign: 1 | -1): void {
    for (const line of lines) this.#level(line.sku).reserved += sign * line.quantity;
  }

  /** What an order has open as of a version; of several versions the highest is the truth. */
  order(id: string, version: number, lines: readonly ModelLine[]): void {
    const known = this.#orders.get(id);
    if (known && known.version >= version) return;
    if (known) this.reserve(known.lines, -1);
    this.reserve(lines, 1);
    this.#orders.set(id, { version, lines });
  }

  /** By SKU, sorted. */
  rows(): { sku: string; onHand: number; reserved: number }[] {
    return [...this.#levels]
      .map(([sku, level]) => ({ sku, ...level }))
      .sort((a, b) => (a.sku < b.sku ? -1 : 1));
  }

  #level(sku: string): Level {
    const level = this.#levels.get(sku);
    if (!level) throw new RangeError(`the model knows no ${sku}`);
    return level;
  }
}
