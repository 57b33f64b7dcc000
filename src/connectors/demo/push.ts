// Sends what the market may sell, compared with the version that was read: a sale in between makes the market refuse.
import type { Push, PushAnswer, Reading } from '../contract.ts';
import type { DemoClient } from './client.ts';

export const pushOf = (client: DemoClient): Push => ({
  batchSize: 50,
  read: async (targets) => {
    const readings: Reading[] = [];
    for (const target of targets) {
      const { asOf, level } = await client.level(target.listing, target.location);
      readings.push(
        level === undefined
          ? {
              ...target,
              outcome: 'not_stocked',
              reason: 'the market does not stock this listing at this location',
            }
          : {
              ...target,
              outcome: 'read',
              available: level.available,
              asOf,
              expected: { version: level.version },
            },
      );
    }
    return readings;
  },
  send: async (batch) => {
    const offers = batch.items.map(({ listing, location, available, expected, publication }) => ({
      listing,
      location,
      available,
      version: expected.version ?? '',
      reference: publication,
    }));
    const results = await client.offer(batch.key, offers);
    return batch.items.map((_, index) => answerOf(results[index]?.outcome));
  },
});

function answerOf(outcome: 'applied' | 'stale' | 'unknown' | 'untracked' | undefined): PushAnswer {
  switch (outcome) {
    case 'applied':
      return { outcome };
    case 'stale':
      return { outcome, reason: 'the level changed at the market after it was read' };
    case 'unknown':
      return { outcome: 'rejected', reason: 'the market does not know this listing at this location' };
    case 'untracked':
      return { outcome: 'rejected', reason: 'the market does not count this listing' };
    case undefined:
      return { outcome: 'retry', reason: 'the market’s answer does not mention this item' };
  }
}
