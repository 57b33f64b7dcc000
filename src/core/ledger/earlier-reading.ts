// One reading of a movement's lines, told by what would be stored of them. Whether a movement that is booked with other lines was
// booked as an earlier catalogue read it is asked with this, and nothing else is taken for the same. Pure.
import { hash } from 'node:crypto';
import { contentsOf, fingerprintOf, type Movement } from './movement.ts';

/** SHA-256 over the fingerprints of a movement's lines, in their order; hex. */
export const readingOf = (connectionId: number, movement: Movement): string =>
  printOf(contentsOf(connectionId, movement).map(fingerprintOf));

/** True when the lines that are stored are those of one of the movement's earlier readings. */
export const isEarlierReading = (stored: readonly string[], { earlier }: Movement): boolean =>
  earlier?.includes(printOf(stored.map((print) => Buffer.from(print, 'hex')))) ?? false;

const printOf = (fingerprints: readonly Buffer[]): string =>
  hash('sha256', Buffer.concat(fingerprints), 'hex');
