// Levels of one channel that speak of one shelf of ours: two listings of an item, or two of its locations. Where they disagree
// nobody knows what is there, so none of them is a count. Pure; it posts nothing.
import type { StockCount } from '../ledger/movement.ts';

/** A level as the channel names it, with what it would count. */
export interface LevelSaid {
  readonly listing: string;
  /** As the channel calls it. */
  readonly location: string;
  readonly sku: string;
  readonly counts: readonly StockCount[];
}

/** Named to people; the rest of a long list is nothing else. */
const NAMED = 5;

export class SharedShelves {
  /** By place, then by level: what it said last. */
  readonly #said = new Map<string, Map<string, LevelSaid>>();

  hear(level: LevelSaid): void {
    const [first] = level.counts;
    if (!first) return;
    const levels = this.#said.get(placeKey(first)) ?? new Map<string, LevelSaid>();
    levels.set(JSON.stringify([level.listing, level.location]), level);
    this.#said.set(placeKey(first), levels);
  }

  /** By place, one sentence for each shelf about which levels disagree, be it in what is for sale or in what is on hold. */
  disagreements(): Map<string, string> {
    return new Map(
      [...this.#said].flatMap(([place, levels]) => {
        const said = [...levels.values()];
        return new Set(said.map(quantitiesOf)).size < 2 ? [] : [[place, sentence(said)] as const];
      }),
    );
  }
}

/** An item on one shelf, in whatever state. */
export const placeKey = ({ itemId, place }: StockCount): string => `${itemId}|${place.locationId}`;

const quantitiesOf = ({ counts }: LevelSaid): string =>
  JSON.stringify(counts.map(({ place, quantity }) => [place.state, quantity]).sort());

function sentence(said: readonly LevelSaid[]): string {
  const [first] = said;
  const each = said.slice(0, NAMED).map(({ listing, location, counts }) => {
    const quantities = counts.flatMap(({ place, quantity }) =>
      place.state === 'sellable' ? [quantity] : quantity === '0' ? [] : [`${quantity} on ${place.state}`],
    );
    return `${listing} at ${location} says ${quantities.join(' and ')}`;
  });
  return `${first?.sku ?? ''}: ${each.join(', ')}${said.length > NAMED ? ` and ${said.length - NAMED} more` : ''}: they are one shelf and none was taken; count it with \`stockbridge count\``;
}
