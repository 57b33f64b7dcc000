// A process that owns the embedded database of the data directory it is given, until it is told to end or killed.

import { StockbridgeError } from '../../../src/core/errors.ts';
import { startEmbedded } from '../../../src/core/storage/embedded.ts';

const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('usage: owner-process.ts <data directory>');

try {
  const { url, port, adopted, stop } = await startEmbedded({ dataDir, settings: { shared_buffers: '16MB' } });
  console.log(JSON.stringify({ url, port, adopted }));
  process.once('SIGTERM', () => void stop().then(() => process.exit(0)));
} catch (error) {
  if (!(error instanceof StockbridgeError)) throw error;
  console.log(JSON.stringify({ code: error.code, message: error.message, ...error.details }));
  process.exitCode = 3;
}
