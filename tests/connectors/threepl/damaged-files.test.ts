// Damaged files under each shipped profile and other EDIFACT ones, the whole way through the product: what becomes of them is
// always one of the outcomes that are declared, and a dry run says the same without a throw.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dryRun } from '../../../src/connectors/threepl/dry-run.ts';
import { damagedOf, damagesOf, fewer, inTime, refigured, TIMEOUT_MS } from './damage.ts';
import { SEVERAL, SINGLE } from './edi/edifact-starts.ts';
import { shippedStarts } from './feeds/starts.ts';
import { type Start, walked } from './product-path.ts';

const FORMATS = {
  x12: {
    starts: shippedStarts('northwind-x12'),
    damages: damagesOf('*~>^:|\r\n \0ISAGESTW012-.', '~*\n'),
  },
  edifact: {
    starts: [...SINGLE, ...SEVERAL, ...shippedStarts('fjord-edifact')],
    damages: damagesOf("'+:?.,* \r\n\0UNHTZBGALIQY0129-", "'+\n~:"),
  },
  csv: { starts: shippedStarts('harbour-csv'), damages: damagesOf(',"\r\n \0-+./:0129END', '\n,') },
  xml: { starts: shippedStarts('meridian-xml'), damages: damagesOf('<>/="\'&;![]-?: \r\n\0.,0129', '<>\n"') },
} as const;

const DECLARED =
  /^(refused|held for a person|ignored|waits in quarantine|shipment|receipt|adjustment|stock|despatch|acknowledges what was sent: (arrived|accepted|accepted_with_errors|rejected))$/;

describe.each(Object.entries(FORMATS))('%s', (_, { starts, damages }) => {
  const damaged = damagedOf<Start>(starts, damages);

  test(
    'what becomes of a damaged file is one of the declared outcomes, whatever came before it',
    async () => {
      let tried = 0;
      await fc.assert(
        fc.asyncProperty(damaged, fc.boolean(), async ({ from, bytes }, isKnown) => {
          tried += 1;
          const used = new Set(isKnown ? (await walked(from, from.bytes)).reading.controls : []);
          const { reading } = await inTime(() => walked(from, bytes, used));
          const reused = reading.controls.filter((control) => used.has(control));
          for (const { usable, control } of reading.documents)
            if (
              usable &&
              reused.some((key) => key.endsWith(`|${control.interchange.replace(/^0+(?=\d)/, '')}`))
            )
              expect.fail(`${control.interchange} is used twice`);
        }),
        fewer,
      );
      expect(tried).toBe(fewer.numRuns);
    },
    TIMEOUT_MS,
  );

  test(
    'a mark before a digit makes no quantity that cannot be',
    async () => {
      const marked = damagedOf<Start>(
        starts,
        refigured().map((one) => [one]),
      );
      await fc.assert(
        fc.asyncProperty(marked, async ({ from, bytes }) => void (await walked(from, bytes))),
        fewer,
      );
    },
    TIMEOUT_MS,
  );

  test(
    'a dry run of a damaged file says what would become of it',
    async () => {
      await fc.assert(
        fc.asyncProperty(damaged, async ({ from: { profile, name }, bytes }) => {
          const run = await dryRun(profile, { name, bytes }, new Date('2026-11-21T19:00:00Z'));
          for (const { usable, outcome, effects } of run.documents) {
            if (!DECLARED.test(outcome)) expect.fail(`the outcome ${outcome} is not declared`);
            if (!usable && (outcome !== 'refused' || effects.length > 0))
              expect.fail('what is not usable has effects');
          }
        }),
        fewer,
      );
    },
    TIMEOUT_MS,
  );
});
