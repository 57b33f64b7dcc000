// What can be said for certain of a channel's event in which only some names are unknown. What its known lines have sold is
// sold, whatever the others are, and must be offered nowhere. The event itself stays in quarantine and is posted whole later:
// keys and whole reservations make that exact. It guesses nothing, and takes no part of a count or a report.
import type { ErrorCode } from '../errors.ts';
import type { Held, Movement, Posting, Reservations } from '../ledger/movement.ts';
import type { Facts, ReportedMovement, ReportedReservations } from '../vocabulary/facts.ts';
import type { Directory } from './directory.ts';
import { CATALOGUE_CODES } from './replayable.ts';
import { type Resolved, resolve } from './resolve.ts';

/**
 * The posting of the known part of facts that were refused: movements that are known as a whole, lines of orders, and the items
 * that a movement with an unknown line took. Undefined when nothing is known, or something other than a name was refused.
 */
export function knownPartOf(
  facts: Facts,
  directory: Directory,
  event: Resolved,
  refusal: { readonly code: ErrorCode; readonly reason: string },
): Posting | undefined {
  const parts = new Parts(directory, event);
  const movements = facts.movements.flatMap((movement) => parts.movement(movement));
  const reservations = facts.reservations.map((order) => parts.reservations(order));
  const isKnown =
    movements.length + parts.taken.size > 0 || reservations.some((order) => order.lines.length > 0);
  if (!isKnown || !parts.isOnlyNames) return undefined;
  const code = CATALOGUE_CODES.find((each) => each === refusal.code);
  if (!code) return undefined;
  const held: Held = {
    code,
    reason: `${refusal.reason}; what it says of known items is taken already`,
    waitsFor: [...parts.taken],
  };
  return {
    connectionId: directory.connectionId,
    inboxEventId: event.inboxEventId,
    ...{ movements, reservations, counts: [], observations: [], note: null },
    ...(facts.ships !== undefined && { ships: facts.ships }),
    held,
  };
}

const NOTHING: Facts = { movements: [], counts: [], reservations: [], observations: [] };

class Parts {
  /** Items that movements with an unknown line took. */
  readonly taken = new Set<number>();
  isOnlyNames = true;
  readonly #directory: Directory;
  readonly #event: Resolved;

  constructor(directory: Directory, event: Resolved) {
    this.#directory = directory;
    this.#event = event;
  }

  movement(reported: ReportedMovement): readonly Movement[] {
    const whole = this.#posting({ movements: [reported] });
    if (whole) return whole.movements;
    for (const line of reported.lines) {
      const one = this.#posting({ movements: [{ ...reported, lines: [line] }] });
      for (const each of one?.movements ?? []) for (const { itemId } of each.lines) this.taken.add(itemId);
    }
    return [];
  }

  reservations(reported: ReportedReservations): Reservations {
    const lines = reported.lines.flatMap((line) => {
      const one = this.#posting({ reservations: [{ ...reported, lines: [line] }] });
      return one?.reservations.flatMap((order) => order.lines) ?? [];
    });
    return {
      order: reported.order,
      version: reported.version.toString(),
      reservedAt: reported.reservedAt,
      lines,
    };
  }

  #posting(some: Partial<Facts>): Posting | undefined {
    const part = resolve({ ...NOTHING, ...some }, this.#directory, this.#event);
    if (part.outcome === 'resolved') return part.posting;
    if (!CATALOGUE_CODES.some((code) => code === part.code)) this.isOnlyNames = false;
    return undefined;
  }
}
