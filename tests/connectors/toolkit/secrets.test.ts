// S3: masking knows secrets by the schema's marks, wherever they stand.
import { expect, it } from 'vitest';
import { z } from 'zod';
import { withoutSecrets } from '../../../src/connectors/toolkit/redaction.ts';
import { secretsIn } from '../../../src/connectors/toolkit/secrets.ts';

const secret = z.string().meta({ secret: true });

it('finds marked texts in objects, lists, records, alternatives and optional fields', () => {
  const schema = z.strictObject({
    shop: z.string(),
    token: secret,
    previous: secret.optional(),
    auth: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('a'), keys: z.array(secret) }),
      z.strictObject({ kind: z.literal('b'), pair: z.strictObject({ id: z.string(), key: secret }) }),
    ]),
    named: z.record(z.string(), secret),
    grouped: z.strictObject({ one: z.string() }).meta({ secret: true }),
  });
  const settings = {
    shop: 'open',
    token: 's1',
    auth: { kind: 'b', pair: { id: 'open', key: 's2' } },
    named: { a: 's3' },
    grouped: { one: 's4' },
  };
  expect(secretsIn(schema, settings).sort()).toEqual(['s1', 's2', 's3', 's4']);
  expect(secretsIn(schema, { ...settings, auth: { kind: 'a', keys: ['s5', 's6'] } })).toEqual(
    expect.arrayContaining(['s5', 's6']),
  );
});

it('masks the longer secret first, and leaves short words alone', () => {
  expect(withoutSecrets('abcdefgh abcdef true', ['abcdef', 'abcdefgh', 'true'])).toBe('*** *** true');
});
