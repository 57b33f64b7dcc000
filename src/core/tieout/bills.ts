// Pairs the bills that the ledger knows with those that the accountant entered in the books: by number first, and what is left
// by an amount that only one of each side has. Pure; a doubt is left open rather than guessed away.

import type { Money } from '../vocabulary/money.ts';
import type { KnownBill } from './known-bills.ts';

export interface EnteredBill {
  /** Kind and id in the books. */
  readonly key: string;
  readonly number: string | undefined;
  readonly date: string;
  /** Debit above zero. */
  readonly amount: Money;
}

export interface Pairing<Entered extends EnteredBill> {
  readonly pairs: readonly { readonly known: KnownBill; readonly entered: Entered }[];
  readonly notEntered: readonly KnownBill[];
  readonly unknown: readonly Entered[];
}

export function pairBills<Entered extends EnteredBill>(
  known: readonly KnownBill[],
  entered: readonly Entered[],
): Pairing<Entered> {
  const open = { known: [...known], entered: [...entered] };
  const pairs: { known: KnownBill; entered: Entered }[] = [];
  const pairUp = (fits: (a: KnownBill, b: Entered) => boolean) => {
    for (const bill of [...open.known]) {
      const mates = open.entered.filter((each) => fits(bill, each));
      const rivals = open.known.filter((each) => mates[0] !== undefined && fits(each, mates[0]));
      const [mate] = mates;
      if (mate === undefined || mates.length > 1 || rivals.length > 1) continue;
      pairs.push({ known: bill, entered: mate });
      open.known.splice(open.known.indexOf(bill), 1);
      open.entered.splice(open.entered.indexOf(mate), 1);
    }
  };
  const sameNumber = (a: KnownBill, b: Entered) => isSameNumber(a.number, b.number);
  pairUp((a, b) => sameNumber(a, b) && a.amount === b.amount);
  pairUp(sameNumber);
  // A number that is another one speaks against; books often cut a number or leave it out.
  pairUp(
    (a, b) =>
      a.amount === b.amount &&
      (b.number === undefined || a.number === undefined || alike(a.number, b.number)),
  );
  return { pairs, notEntered: open.known, unknown: open.entered };
}

/** Whether two numbers are one, however they are written. */
export const isSameNumber = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && plain(a) === plain(b);

const plain = (number: string): string => number.toUpperCase().replace(/[^A-Z0-9]/g, '');
const alike = (a: string, b: string): boolean =>
  plain(a).startsWith(plain(b)) || plain(b).startsWith(plain(a));
