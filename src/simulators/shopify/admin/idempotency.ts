// Remembers what an @idempotent key was first used for: the same body gets the first answer again, another body is
// refused. Keys live 24 hours.

const keptForMs = 24 * 60 * 60 * 1000;

export type Kept = { operation: string; body: string; answer: unknown; at: number };

export type Lookup =
  | { outcome: 'first' }
  | { outcome: 'replay'; answer: unknown }
  | { outcome: 'concurrent' }
  | { outcome: 'mismatch' };

export class IdempotencyKeys {
  readonly #kept = new Map<string, Kept>();
  readonly #running = new Map<string, string>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  look(key: string, operation: string, body: string): Lookup {
    const running = this.#running.get(key);
    if (running !== undefined) return { outcome: 'concurrent' };
    const kept = this.#kept.get(key);
    if (!kept || this.#now() - kept.at > keptForMs) return { outcome: 'first' };
    if (kept.operation !== operation || kept.body !== body) return { outcome: 'mismatch' };
    return { outcome: 'replay', answer: kept.answer };
  }

  begin(key: string, body: string): void {
    this.#running.set(key, body);
  }

  /** Keeps the answer, or forgets the attempt when it failed before there was one. */
  end(key: string, operation: string, body: string, answer: unknown): void {
    this.#running.delete(key);
    this.#forgetExpired();
    if (answer !== undefined) this.#kept.set(key, { operation, body, answer, at: this.#now() });
  }

  /** Keys are kept in the order they were used, so the expired ones stand in front. */
  #forgetExpired(): void {
    const oldest = this.#now() - keptForMs;
    for (const [key, kept] of this.#kept) {
      if (kept.at >= oldest) return;
      this.#kept.delete(key);
    }
  }
}
