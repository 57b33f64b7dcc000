// What every connector promises about the account as a whole: catalogue, snapshot, subscriptions and health.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CataloguePage, Connector, SnapshotPage } from '../../../src/connectors/contract.ts';
import {
  difference,
  isQuantityText,
  quantityFrom,
  quantityText,
} from '../../../src/core/vocabulary/quantity.ts';
import type { ConnectorFixture } from './fixture.ts';
import type { Members } from './members.ts';
import { openWorld, type World } from './world.ts';

export function accountSuite(connector: Connector, fixture: ConnectorFixture, members: Members): void {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(connector, fixture);
  });
  afterAll(() => world.close());

  if (members.catalogue)
    it('lists what it can push, and says why it cannot push the rest', async () => {
      const pages: CataloguePage[] = [];
      for await (const page of world.connection.catalogue!()) pages.push(world.saw(page));
      const listings = pages.flatMap((page) => page.listings);
      expect(listings.length).toBeGreaterThan(0);
      expect(new Set(listings.map(({ id }) => id)).size).toBe(listings.length);
      for (const { pushable, reason, id } of listings) if (!pushable) expect(reason, id).toMatch(/.{10,}/);
      const target = world.outside.push?.target;
      if (target === undefined) return;
      expect(listings.some(({ id, pushable }) => id === target.listing && pushable)).toBe(true);
      expect(pages.some((page) => page.locations.some(({ id }) => id === target.location))).toBe(true);
    });

  if (members.snapshot)
    it('takes a snapshot that agrees with what the outside itself says', async () => {
      const pages: SnapshotPage[] = [];
      for await (const page of world.connection.snapshot!()) pages.push(world.saw(page));
      const levels = pages.flatMap((page) => page.levels);
      expect(levels.every(({ sellable, held }) => isQuantityText(sellable) && isQuantityText(held))).toBe(
        true,
      );
      const { push } = world.outside;
      if (push === undefined || push.style === 'announce') return;
      const own = levels.find(
        ({ listing, location }) => listing === push.target.listing && location === push.target.location,
      );
      const promised = pages
        .flatMap((page) => page.reservations.flatMap(({ lines }) => lines))
        .filter(
          ({ item, location }) => item.listing === push.target.listing && location === push.target.location,
        );
      const offered = promised.reduce(
        (left, { quantity }) => difference(left, quantityFrom(quantity)),
        quantityFrom(own?.sellable ?? ''),
      );
      expect(quantityText(offered)).toBe(await push.available());
    });

  if (members.ensureSubscriptions)
    it('makes its subscriptions once, and changes nothing that is right already', async () => {
      const address = 'https://hub.example/webhooks/contract';
      world.saw(await world.connection.ensureSubscriptions!(address));
      const again = world.saw(await world.connection.ensureSubscriptions!(address));
      expect(again.created).toEqual([]);
      expect(again.removed).toEqual([]);
      expect(again.kept.length).toBeGreaterThan(0);
    });

  if (members.health)
    it('finds itself healthy, in words', async () => {
      const findings = world.saw(await world.connection.health!());
      expect(findings.length).toBeGreaterThan(0);
      for (const { level, what, help } of findings) {
        expect(what).toMatch(/.{5,}/);
        expect(level, what).not.toBe('fail');
        if (level !== 'ok') expect(help, what).toMatch(/.{10,}/);
      }
    });
}
