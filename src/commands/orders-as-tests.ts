// Agreements by which live orders would go out marked as tests: the connection is cut over, and the profile still says test.
import type { Config } from '../config.ts';
import type { Profile } from '../connectors/threepl/profile/settings.ts';
import { readConnections } from '../core/connection/connections.ts';
import type { Store } from '../core/inbox/store.ts';

export interface TestAgreement {
  readonly connection: string;
  readonly what: 'live orders go out marked as tests';
  readonly count: 1;
  readonly example: string;
}

/** A partner's system may take such an order, answer it, and ship nothing. */
export async function testAgreements(store: Store, { connections }: Config): Promise<TestAgreement[]> {
  const cutOver = (await readConnections(store)).filter(({ cutoverAt }) => cutoverAt !== undefined);
  return cutOver.flatMap(({ name }) => {
    const configured = connections.get(name);
    // the settings have passed the connector's schema
    const setting =
      configured?.connector === 'threepl' ? testSettingOf(configured.settings as Profile) : undefined;
    if (setting === undefined) return [];
    return [
      {
        ...{ connection: name, what: 'live orders go out marked as tests', count: 1 },
        example: `${setting} is true; set it to false, raise version, and restart the hub`,
      } as const,
    ];
  });
}

/** The setting that marks what this agreement writes as a test, where it does. */
function testSettingOf({ format, x12, edifact }: Profile): string | undefined {
  if (format === 'x12' && x12?.test) return 'x12.test';
  if (format === 'edifact' && edifact?.test) return 'edifact.test';
  return undefined;
}
