// The contract, run over the registry: whoever is in it is tested, and nobody can forget to ask for it.
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connectors } from '../../src/connectors/index.ts';
import { accountSuite } from './suite/account.ts';
import { faultSuite } from './suite/faults.ts';
import type { ConnectorFixture } from './suite/fixture.ts';
import { fulfilmentSuite } from './suite/fulfilment.ts';
import { interpretSuite } from './suite/interpret.ts';
import { journalSuite } from './suite/journal.ts';
import { membersOf } from './suite/members.ts';
import { pollSuite } from './suite/poll.ts';
import { pushSuite } from './suite/push.ts';
import { settingsSuite } from './suite/settings.ts';
import { webhookSuite } from './suite/webhook.ts';

it('the registry names every connector as it names itself', () => {
  expect(connectors.size).toBeGreaterThan(0);
  for (const [name, connector] of connectors) expect(connector.name).toBe(name);
});

for (const [name, connector] of connectors) {
  const file = new URL(`./fixtures/${name}.ts`, import.meta.url);
  describe(name, async () => {
    if (!existsSync(file)) {
      it('has a fixture', () => {
        throw new Error(`tests/contract/fixtures/${name}.ts is missing; copy the one of the demo connector`);
      });
      return;
    }
    const { fixture } = (await import(file.href)) as { fixture: ConnectorFixture };
    const members = await membersOf(connector, fixture);

    it('says before it is opened whether it keeps books, and its connection then does', () => {
      expect(connector.keepsBooks === true).toBe(members.journal);
    });
    describe('settings', () => settingsSuite(connector, fixture));
    describe('interpret', () => interpretSuite(connector, fixture, members));
    if (members.catalogue || members.snapshot || members.ensureSubscriptions || members.health) {
      describe('account', () => accountSuite(connector, fixture, members));
    }
    if (members.webhook) describe('webhook', () => webhookSuite(connector, fixture));
    if (members.poll) describe('poll', () => pollSuite(connector, fixture));
    if (members.push) describe('push', () => pushSuite(connector, fixture, members));
    if (members.journal) describe('journal', () => journalSuite(connector, fixture));
    if (members.fulfilment) describe('fulfilment', () => fulfilmentSuite(connector, fixture));
    if (members.poll || members.push) describe('faults', () => faultSuite(connector, fixture, members));
  });
}
