// The company that keeps the demo's books: a simulated QuickBooks, and what the hub is told of it.
import { type QuickbooksSimulator, startQuickbooksSimulator } from '../simulators/quickbooks/index.ts';

export const COMPANY = 'quickbooks';

/** A company that counts requests as generously as a rehearsal of minutes needs. */
export const startCompany = (seed: number): Promise<QuickbooksSimulator> =>
  startQuickbooksSimulator({ seed, limits: { perSecond: 200, perMinute: 10_000, concurrent: 10 } });

export function companySettings(company: QuickbooksSimulator): object {
  const { clientId, clientSecret, realmId, refreshToken } = company.credentials;
  return {
    ...{ clientId, clientSecret, realmId, refreshToken },
    apiUrl: company.url,
    tokenUrl: company.tokenUrl,
    pollIntervalMs: 3_000,
  };
}

/** The rules of the books: first in first out, under IFRS, a journal a day that a person approves. */
export function booksRules({ accounts }: QuickbooksSimulator): object {
  return {
    currency: 'USD',
    timeZone: 'UTC',
    framework: 'ifrs',
    method: 'fifo',
    journal: { grain: 'day', approve: 'manual', connection: COMPANY },
    accounts: {
      inventory: accounts.inventory,
      in_transit: accounts.inTransit,
      received_not_billed: accounts.receivedNotBilled,
      landed_clearing: accounts.landedClearing,
      cost_of_goods_sold: accounts.costOfGoodsSold,
      adjustment: accounts.adjustment,
      scrap: accounts.scrap,
      price_variance: accounts.priceVariance,
      opening: accounts.opening,
    },
  };
}
