// One cheap call that tells whether the token is valid, the version is the pinned one and the clocks agree.
import { StockbridgeError } from '../../core/errors.ts';
import type { HealthFinding } from '../contract.ts';
import type { SquareClient } from './client.ts';
import type { SquareSettings } from './settings.ts';

/** Square refuses changes from the future, so a clock that runs ahead stops every push. */
const CLOCK_DIFFERENCE_MS = 5_000;

/** Findings about one account; a failing call is a finding, not an error. */
export async function healthFindings(
  client: SquareClient,
  settings: SquareSettings,
  now: () => Date,
): Promise<readonly HealthFinding[]> {
  try {
    const { locations, serverTime, version } = await client.locations();
    const active = locations.filter((location) => location.active).length;
    return [
      { level: 'ok', what: `Square accepts the token and shows ${active} active locations` },
      versionFinding(version, settings.apiVersion),
      clockFinding(now().getTime() - serverTime.getTime()),
    ];
  } catch (error) {
    if (!(error instanceof StockbridgeError)) throw error;
    const level = error.code === 'vendor_throttled' ? 'warn' : 'fail';
    return [{ level, what: error.message, help: error.help }];
  }
}

function versionFinding(answered: string | undefined, pinned: string): HealthFinding {
  if (answered === pinned) return { level: 'ok', what: `Square speaks version ${pinned}` };
  const what = `Square answered with version ${answered ?? 'unknown'} instead of ${pinned}`;
  return {
    level: 'warn',
    what,
    help: 'Changes in states it does not know are quarantined; look for a newer Stockbridge.',
  };
}

function clockFinding(differenceMs: number): HealthFinding {
  if (differenceMs < CLOCK_DIFFERENCE_MS) return { level: 'ok', what: 'our clock is not ahead of Square’s' };
  const seconds = Math.round(differenceMs / 1000);
  const help = 'Set this machine’s clock by NTP: Square refuses changes that occurred in its future.';
  return { level: 'warn', what: `our clock is ${seconds} s ahead of Square’s`, help };
}
