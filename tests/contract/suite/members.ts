// Which optional members a connector has: asked of a connection, because settings may decide it. What is not there is
// not tested; what is there is tested without being asked for.
import type { Connector } from '../../../src/connectors/contract.ts';
import type { ConnectorFixture, OutsidePush } from './fixture.ts';
import { openWorld } from './world.ts';

export interface Members {
  readonly webhook: boolean;
  readonly poll: boolean;
  readonly push: OutsidePush['style'] | undefined;
  readonly fulfilment: boolean;
  readonly catalogue: boolean;
  readonly snapshot: boolean;
  readonly ensureSubscriptions: boolean;
  readonly health: boolean;
  readonly journal: boolean;
  /** Something outside can sell. */
  readonly shop: boolean;
}

export async function membersOf(connector: Connector, fixture: ConnectorFixture): Promise<Members> {
  const world = await openWorld(connector, fixture);
  await world.close();
  const { connection, outside } = world;
  return {
    webhook: connector.webhook !== undefined,
    poll: connection.poll !== undefined,
    push: connection.push === undefined ? undefined : (outside.push?.style ?? 'relative'),
    fulfilment: connection.fulfilment !== undefined,
    catalogue: connection.catalogue !== undefined,
    snapshot: connection.snapshot !== undefined,
    ensureSubscriptions: connection.ensureSubscriptions !== undefined,
    health: connection.health !== undefined,
    journal: connection.journal !== undefined,
    shop: outside.shop !== undefined,
  };
}
