// Change data capture: what changed since an instant, at most 30 days back and at most 1000 entries, without paging.

import type { ChangedEntity, Company } from '../books/company.ts';
import { instantText } from '../books/dates.ts';
import { QuickbooksFault } from './fault.ts';
import { entitiesWire, type Wire } from './wire.ts';

const MOST_OBJECTS = 1000;
const FURTHEST_BACK_MS = 30 * 24 * 3_600_000;
const CAPTURED: readonly ChangedEntity[] = [
  ...(['JournalEntry', 'Bill', 'Purchase', 'Account', 'Class'] as const),
  ...(['Department', 'Customer', 'Vendor', 'Item', 'Preferences'] as const),
];

/**
 * The body of a `/cdc` answer: one QueryResponse for each entity that changed, deleted entries with `status` "Deleted".
 * Times have no part below a second, so what changed within the second of `changedSince` is told again.
 */
export function changesSince(company: Company, entities: string, changedSince: string, now: Date): Wire {
  const since = Date.parse(changedSince);
  if (Number.isNaN(since))
    throw new QuickbooksFault('2020', 'changedSince is missing or no time', 'changedSince');
  // The code of this refusal is unverified.
  if (now.getTime() - since > FURTHEST_BACK_MS)
    throw new QuickbooksFault('6000', 'Business Validation Error: changedSince is more than 30 days ago.');
  const fromMs = Math.floor(since / 1000) * 1000;
  let left = MOST_OBJECTS;
  const responses = entities.split(',').flatMap((given): Wire[] => {
    const entity = CAPTURED.find((name) => name.toLowerCase() === given.trim().toLowerCase());
    if (entity === undefined)
      throw new QuickbooksFault('2170', `${given} is no entity to capture`, 'entities');
    const rows = changed(company, entity, fromMs).slice(0, left);
    left -= rows.length;
    return rows.length === 0 ? [{}] : [{ [entity]: rows, startPosition: 1, maxResults: rows.length }];
  });
  return { CDCResponse: [{ QueryResponse: responses }], time: now.toISOString() };
}

function changed(company: Company, entity: ChangedEntity, fromMs: number): Wire[] {
  const changes = company
    .changes()
    .filter((change) => change.entity === entity && change.at.getTime() >= fromMs);
  if (changes.length === 0) return [];
  const present = new Map(entitiesWire(company, entity).map((wire) => [wire.Id, wire]));
  return changes.map(
    ({ id, at }) =>
      present.get(id) ?? {
        domain: 'QBO',
        status: 'Deleted',
        Id: id,
        MetaData: { LastUpdatedTime: instantText(at) },
      },
  );
}
