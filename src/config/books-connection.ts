// Whether the connection that keeps the books is one, and one that can: found in the file itself, before anything is opened.
import { nearest } from '../core/vocabulary/nearest.ts';
import type { SettingsSchemas } from './json-schema.ts';
import { type Finding, valueAt } from './problems.ts';

const PATH = ['books', 'journal', 'connection'];

/** What is wrong with `books.journal.connection`, as it was written; nothing where it is left out or no text. */
export function booksConnectionFindings(written: unknown, connectors: SettingsSchemas): readonly Finding[] {
  const name = valueAt(written, PATH);
  if (typeof name !== 'string') return [];
  const connections = valueAt(written, ['connections']);
  const names = typeof connections === 'object' && connections !== null ? Object.keys(connections) : [];
  const connectorOf = (each: string) => valueAt(connections, [each, 'connector']);
  const keepsBooks = (connector: unknown): boolean =>
    typeof connector === 'string' && connectors.get(connector)?.keepsBooks === true;
  const fit = names.filter((each) => keepsBooks(connectorOf(each)));
  const found = (problem: string): readonly Finding[] => {
    const meant = nearest(name, fit);
    return [
      {
        ...{ path: PATH, part: 'value', problem },
        ...(meant !== undefined && { suggestion: meant }),
        ...(fit.length > 0
          ? { allowed: fit }
          : { help: 'Add a connection that keeps books, or leave it out: then journals leave as files.' }),
      },
    ];
  };
  if (!names.includes(name)) return found('names no connection of this file');
  const connector = connectorOf(name);
  // A connector that nobody knows is a mistake of its own.
  if (typeof connector !== 'string' || !connectors.has(connector) || keepsBooks(connector)) return [];
  return found(`is a ${connector} connection, which keeps no books`);
}
