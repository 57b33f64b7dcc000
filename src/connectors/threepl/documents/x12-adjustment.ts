// Reads the 947: stock changed, or changed its state. Quantities keep the sign they were sent with; which sign counts is
// decided with the reason, outside this file.
import type { Segment } from '../edi/segment.ts';
import type { AdjustmentAdvice } from './document.ts';
import { datedBy, momentAt } from './x12-dates.ts';
import { itemIdsOf, lotOf, referencesOf, warehouseOf } from './x12-details.ts';
import { type LineLoop, lineNames, loopsOf, segmentOf } from './x12-loops.ts';
import { surroundingsOf } from './x12-surroundings.ts';
import { purposeAt, quantityAt, requiredAt, type X12Reading } from './x12-values.ts';

type AdjustedLine = AdjustmentAdvice['lines'][number];

/** Storage places as text: N9*M1 with the place, and `From …` or `To …` behind it. Only both together are a change of state. */
function statesOf(body: readonly Segment[]): Pick<AdjustedLine, 'fromState' | 'toState'> {
  const places = body.filter((segment) => segment.tag === 'N9' && segment.element(1) === 'M1');
  const place = (direction: RegExp) =>
    places
      .find((segment) => direction.test(segment.element(3).trim()))
      ?.element(2)
      .trim();
  const fromState = place(/^from\b/i);
  const toState = place(/^to\b/i);
  return fromState && toState ? { fromState, toState } : {};
}

function lineOf(reading: X12Reading, loop: LineLoop, name: string): readonly AdjustedLine[] {
  const { head, body } = loop;
  const ids = itemIdsOf(reading, head);
  const reason = requiredAt(reading, head, 1, 'the reason, which decides whether stock goes up or down');
  const quantity = quantityAt(reading, head, 2, 3, 'the change', 'signed');
  const lot = lotOf(reading, loop);
  if (reason === undefined || quantity === undefined) return [];
  const transactionType = head.element(16).trim();
  return [
    {
      line: name,
      ids,
      ...lot,
      quantity,
      reason,
      ...(transactionType !== '' && { transactionType }),
      ...statesOf(body),
    },
  ];
}

/** Reads a 947; undefined when its frame is missing, and then the findings say what. */
export function adjustmentAdviceOf(reading: X12Reading): AdjustmentAdvice | undefined {
  const { document, findings } = reading;
  const { header, lines: loops } = loopsOf(document, 'W19', '', ['SE']);
  const head = segmentOf(header, 'W15');
  if (!head) return findings.missing('W15', 'the adjustment is not named');
  if (loops.length === 0) findings.missing('W19', 'no change is told');
  requiredAt(reading, head, 1, 'the day of the adjustment');
  // W15 names a day alone; the date on which the change took effect may come with its time.
  const effective = segmentOf(header, 'G62', '07');
  const moment = momentAt(reading, [
    ...(effective ? [{ segment: effective, date: 2, time: 4, zone: 5 }] : []),
    { segment: head, date: 1 },
  ]);
  // Either side's number is enough; partners leave out one of them although the standard wants both or neither.
  const number = head.element(2).trim() || requiredAt(reading, head, 3, 'the number of the adjustment');
  const nameOf = lineNames();
  const lines = loops.flatMap((loop) => lineOf(reading, loop, nameOf(surroundingsOf(loop).number)));
  const purpose = purposeAt(reading, head, 4);
  if (number === undefined || moment === undefined) return undefined;
  return {
    kind: 'adjustment',
    source: '947',
    number,
    purpose,
    ...datedBy(moment),
    warehouse: warehouseOf(reading, header, 'leaves'),
    order: '',
    references: referencesOf(header, {
      warehouseAdjustment: head.element(2),
      depositorAdjustment: head.element(3),
    }),
    lines,
  };
}
