// What is right in a configuration and yet probably not meant: `check` and `start` say it, and nothing is refused for it.
import type { Config } from '../config.ts';
import type { SettingsSchemas } from './json-schema.ts';

/** One sentence for each; none holds a value of a setting that could be a secret. */
export function configurationWarnings(
  { books, connections, workers, file }: Config,
  connectors: SettingsSchemas,
): string[] {
  if (!books) return [];
  const keepers = [...connections.values()]
    .filter(({ connector }) => connectors.get(connector)?.keepsBooks === true)
    .map(({ name }) => name);
  const keeper = keepers[0];
  return [
    ...(keeper !== undefined && books.journal.connection === undefined
      ? [
          `${keepers.join(', ')} could keep the books, and books.journal.connection names none: journals leave as files. Write \`connection: ${keeper}\` under books.journal to book them there.`,
        ]
      : []),
    ...(file !== undefined && !workers.roles.includes('value')
      ? [
          'workers.roles leaves out value: a process that is started without --roles values nothing and books nothing.',
        ]
      : []),
  ];
}
