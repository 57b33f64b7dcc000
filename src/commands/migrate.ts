// stockbridge migrate: brings our schema and the queues' to this version; safe to run from many machines at once.

import { output } from './output.ts';
import { configOf, type GlobalOptions, migrateAll, openStorage } from './session.ts';

export async function migrateCommand(options: GlobalOptions): Promise<number> {
  const out = output(options);
  const config = configOf(options);
  const storage = await openStorage(config, (line) => out.progress(line), { own: false });
  try {
    const applied = await migrateAll(config, storage.url, (line) => out.progress(line));
    out.progressDone();
    out.result({ applied }, () =>
      applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The schema is current.',
    );
    return 0;
  } finally {
    await storage.release();
  }
}
