// Keeps orders sorted by the time of their last change, so that a poll by updated_at reads only what it returns.

export type Timed = { id: string; sequence: number; updatedAt: number };

/** Compares by time, then by creation: the order in which pages are cut. */
export const byTime = (left: Timed, right: Timed): number =>
  left.updatedAt - right.updatedAt || left.sequence - right.sequence;

export class Timeline<T extends Timed> {
  readonly #rows: T[] = [];

  /** Ascending by last change. */
  get rows(): readonly T[] {
    return this.#rows;
  }

  add(row: T): void {
    this.#rows.splice(this.firstAfter(row.updatedAt, row.sequence), 0, row);
  }

  /** Moves a row to its new time. The caller has not changed `updatedAt` yet. */
  move(row: T, updatedAt: number): void {
    const at = this.firstAfter(row.updatedAt, row.sequence) - 1;
    if (this.#rows[at] !== row) throw new Error(`${row.id} is not where its time says`);
    this.#rows.splice(at, 1);
    row.updatedAt = updatedAt;
    this.add(row);
  }

  /** Index of the first row after (time, sequence). */
  firstAfter(updatedAt: number, sequence: number): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = this.#rows[middle];
      if (!row) break;
      const after = row.updatedAt - updatedAt || row.sequence - sequence;
      if (after <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
