// The least ledger that shows what facts come to: one effect per document, ordered by when it took effect.
// It stands in for the real one only where a test asks what the connector says, not how the hub stores it.
import type { Facts, ReportedPlace } from '../../../src/connectors/contract.ts';
import { type Quantity, quantityFrom, quantityText } from '../../../src/core/vocabulary/quantity.ts';

/** Quantities above or below zero by `listing location state`; the same document twice counts once. */
export function balancesOf(facts: Facts): Record<string, string> {
  const effects = new Map<string, { at: string; apply: (balances: Map<string, bigint>) => void }>();
  for (const { document, occurredAt, lines } of facts.movements) {
    effects.set(`${document.type} ${document.id}`, {
      at: occurredAt,
      apply: (balances) => {
        for (const { item, quantity, from, to } of lines) {
          add(balances, item.listing ?? '', from, -quantityFrom(quantity));
          add(balances, item.listing ?? '', to, quantityFrom(quantity));
        }
      },
    });
  }
  for (const { document, countedAt, item, location, quantity } of facts.counts) {
    effects.set(`${document.type} ${document.id}`, {
      at: countedAt,
      apply: (balances) => balances.set(`${item.listing} ${location} sellable`, quantityFrom(quantity)),
    });
  }
  const balances = new Map<string, bigint>();
  const ordered = [...effects.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  for (const { apply } of ordered) apply(balances);
  const shown = [...balances].filter(([, quantity]) => quantity !== 0n).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(shown.map(([key, quantity]) => [key, quantityText(quantity as Quantity)]));
}

function add(balances: Map<string, bigint>, listing: string, place: ReportedPlace, quantity: bigint): void {
  if (!('location' in place)) return;
  const key = `${listing} ${place.location} ${place.state ?? 'sellable'}`;
  balances.set(key, (balances.get(key) ?? 0n) + quantity);
}
