// What every connector promises about interpreting: the same events say the same, in any order and however often.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connector, Interpretation, StoredEvent } from '../../../src/connectors/contract.ts';
import { isQuantityText, quantityFrom } from '../../../src/core/vocabulary/quantity.ts';
import { isPlainText } from '../../../src/core/vocabulary/text.ts';
import type { ConnectorFixture, ExpectedInterpretation } from './fixture.ts';
import type { Members } from './members.ts';
import { everythingSaid, folded, interpret, soldUnits, storedFrom, textOfFolded } from './reading.ts';
import { openWorld, textOf, type World } from './world.ts';

const NOTHING = { movements: [], counts: [], reservations: [], observations: [] };

export function interpretSuite(connector: Connector, fixture: ConnectorFixture, members: Members): void {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(connector, fixture);
  });
  afterAll(() => world.close());

  const samples = () => world.outside.webhook?.samples ?? [];
  const sampleEvents = (): StoredEvent[] => samples().flatMap(({ request }) => storedFrom(world, request));

  it('answers nothing to nothing', async () => {
    expect(await world.connection.interpret([])).toEqual([]);
  });

  if (members.webhook)
    it('says of every sample exactly what is expected', async () => {
      for (const { name, request, expected } of samples()) {
        const answers = await interpret(world, storedFrom(world, request));
        expect(answers.length, name).toBe(expected.length);
        answers.forEach((answer, index) => {
          expect(answer, name).toMatchObject(whole(expected[index]!));
          expectSound(answer);
        });
      }
    });

  if (members.webhook)
    it('gives every refusal and every "ignored" a reason that a person can read', async () => {
      for (const answer of await interpret(world, sampleEvents())) {
        if (answer.outcome === 'facts') continue;
        expect(answer.reason.length).toBeGreaterThan(10);
        expect(isPlainText(answer.reason)).toBe(true);
      }
    });

  if (members.webhook)
    it('I3: the same events in any order, repeated and in other batches, say the same', async () => {
      const events = sampleEvents();
      const expected = textOfFolded(folded(await interpret(world, events)));
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
          fc.nat(),
          async (mixed, cut) => {
            const at = cut % (mixed.length + 1);
            const answers = [
              ...(await interpret(world, mixed.slice(0, at))),
              ...(await interpret(world, mixed.slice(at))),
            ];
            expect(textOfFolded(folded(answers))).toBe(expected);
          },
        ),
        { numRuns: 8 },
      );
    });

  if (members.webhook)
    it('answers in the order of the events', async () => {
      const gist = (answer: Interpretation | undefined): string =>
        textOf([answer?.outcome, answer?.outcome === 'facts' ? [...folded([answer]).movements.keys()] : []]);
      const events = sampleEvents();
      const alone: (Interpretation | undefined)[] = [];
      for (const event of events) alone.push((await interpret(world, [event]))[0]);
      expect((await interpret(world, events)).map(gist)).toEqual(alone.map(gist));
    });

  // Books name no items.
  if (members.webhook && !members.journal)
    it('passes an item that nobody knows on as reported, and guesses nothing', async () => {
      const unknown = world.outside.webhook?.unknownItem;
      if (unknown === undefined) throw new Error('the fixture needs webhook.unknownItem');
      const answers = await interpret(world, storedFrom(world, unknown.request));
      expect(itemsIn(answers).map(textOf)).toContain(textOf(unknown.item));
    });

  if (members.shop)
    it('I3: a sale told by webhook, by poll, or by both is one sale', async () => {
      const shop = world.outside.shop!;
      const before = Number(soldUnits(await everythingSaid(world), shop.target));
      await shop.sell(3);
      const requests = (await shop.received?.()) ?? [];
      const told = folded(
        await interpret(
          world,
          requests.flatMap((request) => storedFrom(world, request)),
        ),
      );
      const twice = folded(
        await interpret(
          world,
          [...requests, ...requests].flatMap((request) => storedFrom(world, request)),
        ),
      );
      expect(textOfFolded(twice)).toBe(textOfFolded(told));
      const polled = await everythingSaid(world);
      const both = new Map([...told.movements, ...polled.movements]);
      const sold = Number(soldUnits({ ...told, movements: both }, shop.target));
      expect(sold - (connector.webhook && !world.connection.poll ? 0 : before)).toBe(3);
    });
}

/** Facts that the fixture left out are expected to be empty. */
const whole = (expected: ExpectedInterpretation): object =>
  expected.outcome === 'facts' ? { outcome: 'facts', facts: { ...NOTHING, ...expected.facts } } : expected;

/** What holds for all facts, whoever reports them. */
function expectSound(answer: Interpretation): void {
  if (answer.outcome !== 'facts') return;
  for (const movement of answer.facts.movements) {
    expect(movement.lines.length).toBeGreaterThan(0);
    for (const { quantity, from, to } of movement.lines) {
      expect(isQuantityText(quantity) && quantityFrom(quantity) > 0n, `quantity ${quantity}`).toBe(true);
      expect(from).not.toEqual(to);
    }
  }
  for (const { quantity } of [...answer.facts.counts, ...answer.facts.observations]) {
    expect(isQuantityText(quantity), `quantity ${quantity}`).toBe(true);
  }
}

const itemsIn = (answers: readonly Interpretation[]) =>
  answers.flatMap((answer) =>
    answer.outcome !== 'facts'
      ? []
      : [
          ...answer.facts.movements.flatMap(({ lines }) => lines.map(({ item }) => item)),
          ...answer.facts.counts.map(({ item }) => item),
          ...answer.facts.reservations.flatMap(({ lines }) => lines.map(({ item }) => item)),
          ...answer.facts.observations.map(({ item }) => item),
        ],
  );
