// Finds things by the names that documents use for them, without looking through all of them: a supplier has thousands of
// receipts, and a bill names a few. Nothing here reads a database.

/** Things in an order; one thing may have several names, and one name several things. */
export class ByName<Thing> {
  readonly #things: readonly Thing[];
  readonly #places = new Map<string, number[]>();

  constructor(things: readonly Thing[], namesOf: (thing: Thing) => readonly string[]) {
    this.#things = things;
    for (const [place, thing] of things.entries())
      for (const name of namesOf(thing)) {
        const known = this.#places.get(name);
        if (known) known.push(place);
        else this.#places.set(name, [place]);
      }
  }

  /** Those that have any of some names, each once, in their order. */
  of(names: readonly string[]): readonly Thing[] {
    const places = new Set(names.flatMap((name) => this.#places.get(name) ?? []));
    const inOrder = [...places].sort((a, b) => a - b);
    return inOrder.flatMap((place) => this.#things.slice(place, place + 1));
  }
}
