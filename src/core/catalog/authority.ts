// Whose documents move stock at a place: as it was at the time that a fact is about, not as it is today. What a partner shipped
// while it ran a warehouse is not booked again from the shop's word after the warehouse was taken back, nor the other way round.
import type { ReportedLine, ReportedPlace } from '../vocabulary/facts.ts';
import type { Instant } from '../vocabulary/instant.ts';
import type { Directory, KnownLocation } from './directory.ts';

/** The other connection that moved stock at the location at that time; undefined: none did, or it is `connectionId` itself. */
export function otherAuthorityAt(
  location: KnownLocation,
  at: Instant,
  connectionId: number,
): number | undefined {
  const then = location.earlier.find(({ until }) => at <= until) ?? location;
  return then.authorityId === connectionId ? undefined : then.authorityId;
}

/**
 * The location that a source's own id meant at that time. What was bound wrong is put right for facts of any time; only where the
 * one place or the other was moved by others, a fact stays with the place it was bound to.
 */
export function boundAt(bound: KnownLocation, at: Instant, connectionId: number): KnownLocation {
  const then = bound.boundBefore.find(({ until }) => at <= until)?.location;
  const isOthers = (location: KnownLocation) => otherAuthorityAt(location, at, connectionId) !== undefined;
  return then && (isOthers(then) || isOthers(bound)) ? then : bound;
}

export type Moving =
  /** The connection's own word counts at each end that is a shelf. */
  | { readonly by: 'own' }
  /** Only the documents of another connection do. */
  | { readonly by: 'others'; readonly at: KnownLocation; readonly authorityId: number }
  /** It counts where the goods left; they wait at `transit` for the receipt of the connection they went to. */
  | { readonly by: 'both'; readonly transit: KnownLocation; readonly authorityId: number }
  | Unclear;

/** It counts at `own` alone, and where the goods are meanwhile is not known. */
interface Unclear {
  readonly by: 'unclear';
  readonly own: KnownLocation;
  readonly other: KnownLocation;
  /** From our own end to the other. */
  readonly isLeaving: boolean;
  readonly authorityId: number;
}

/** Whose documents move the goods of this line. Places that are not known count for nobody; whoever resolves them refuses them. */
export function movingOf(line: ReportedLine, at: Instant, directory: Directory): Moving {
  const [from, to] = [line.from, line.to].map((end) => endOf(end, at, directory));
  const other = from?.authorityId === undefined ? to : from;
  if (other?.authorityId === undefined) return { by: 'own' };
  const { authorityId } = other;
  const own = other === from ? to : from;
  if (!own || own.authorityId !== undefined) return { by: 'others', at: other.location, authorityId };
  if (other === to) {
    const transit = other.location.isTransit ? other.location : directory.transitOf(authorityId);
    if (transit) return { by: 'both', transit, authorityId };
  }
  return { by: 'unclear', own: own.location, other: other.location, isLeaving: other === to, authorityId };
}

/** Why such a line is held, and what a person can do; `mover` moves the stock at the other end. */
export function unclearText({ own, other, isLeaving }: Unclear, mover: string): string {
  const way = isLeaving ? `from ${own.code} to ${other.code}` : `from ${other.code} to ${own.code}`;
  const told = isLeaving
    ? `import one location of kind transit with the authority ${mover} and replay this, and the goods wait there for its receipt`
    : `if ${mover} tells of it, enter what reached ${own.code} with \`stockbridge receive\``;
  return `it moves stock ${way}, and at ${other.code} only the documents of ${mover} do; ${told}; if ${mover} never tells of it, release this, and both ends are booked`;
}

interface End {
  readonly location: KnownLocation;
  /** Undefined: the connection's own word counts. */
  readonly authorityId: number | undefined;
}

function endOf(place: ReportedPlace, at: Instant, directory: Directory): End | undefined {
  if ('virtual' in place) return undefined;
  const location =
    'code' in place ? directory.locationByCode(place.code) : directory.location(place.location, at);
  return location && { location, authorityId: otherAuthorityAt(location, at, directory.connectionId) };
}
