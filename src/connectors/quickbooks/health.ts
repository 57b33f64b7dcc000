// Is the connection fit for work: the company answers, and the token that a person granted does not die soon.
import type { ConnectionContext, HealthFinding } from '../contract.ts';
import type { QuickbooksClient } from './client.ts';
import type { QuickbooksSettings } from './settings.ts';
import type { TokenExpiries } from './token.ts';

const DAY_MS = 86_400_000;
const WARN_BEFORE_MS = 30 * DAY_MS;

/** One cheap query. @throws StockbridgeError when the company does not answer or the token is refused. */
export async function healthFindings(
  client: QuickbooksClient,
  { settings, now }: ConnectionContext<QuickbooksSettings>,
): Promise<readonly HealthFinding[]> {
  const { CompanyName } = await client.company();
  const expiries = await client.tokens.expiries();
  return [
    { level: 'ok', what: `QuickBooks company ${CompanyName} answers` },
    ...expiryFindings(expiries, now().getTime()),
    ...(settings.webhookVerifierToken === undefined ? [withoutWebhooks] : []),
  ];
}

const withoutWebhooks: HealthFinding = {
  level: 'warn',
  what: 'No verifier token is given, so no notification is accepted; changes in the books are found by polling only',
  help: 'Copy the verifier token of the app’s webhooks into webhookVerifierToken.',
};

function expiryFindings({ idleAt, hardAt }: TokenExpiries, nowMs: number): HealthFinding[] {
  const findings: HealthFinding[] = [];
  if (idleAt !== undefined && idleAt - nowMs < WARN_BEFORE_MS)
    findings.push({
      level: 'warn',
      what: `The refresh token dies on ${dayOf(idleAt)} unless it is renewed before`,
      help: 'Each renewal moves the day on by about a hundred; see whether renewals succeed, or connect the company to the app again.',
    });
  if (hardAt !== undefined && hardAt - nowMs < WARN_BEFORE_MS)
    findings.push({
      level: 'warn',
      what: `Intuit ends the grant of this connection on ${dayOf(hardAt)}, five years after it was given`,
      help: 'Connect the company to the app again before that day and put the new refresh token into the settings.',
    });
  return findings.length > 0
    ? findings
    : [{ level: 'ok', what: 'The refresh token lives for more than 30 days' }];
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
