// A cost entry as journals see it: what went where, when, and what the chart needs to know of the place. Only shapes.
import type { Money } from '../vocabulary/money.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import type { Day } from './calendar.ts';

/** One side of an entry; `location` is the code of the pool’s location, for stock that is priced by location. */
export interface EntrySide {
  readonly role: AccountRole;
  readonly location?: string | undefined;
}

/** All that the chart looks at: entries that agree in it go to the same accounts. */
export interface Charted {
  readonly kind: CostKind;
  readonly debit: EntrySide;
  readonly credit: EntrySide;
  /** Codes and names of where it happened. */
  readonly location?: string | undefined;
  readonly group?: string | undefined;
  readonly connection?: string | undefined;
}

/** A cost entry that is in no approved journal. */
export interface BookableEntry extends Charted {
  readonly id: string;
  readonly amount: Money;
  /** The order it belongs to. */
  readonly reference?: string | undefined;
  /** Key of the movement or cost document. */
  readonly step: string;
  /** What it is of, with its line: `shipment 4711 line 2`. */
  readonly document: string;
  /** For people: `shipment 4711, item TEE-M`. */
  readonly source: string;
  /** The day it takes effect and the day it is booked on. */
  readonly day: Day;
  readonly postingDay: Day;
  /** Microseconds since 1970. */
  readonly recordedAt: bigint;
}
