// What can be wrong with EDIFACT's envelopes, each with its words and the standard's code (0085), in one table.
import { CODE, type Fault } from './edifact-heads.ts';

export const invalid = (code: string, message: string): Fault => ({
  code,
  level: 'segment',
  message,
  standardCode: CODE.invalid,
});

export const misplaced = (level: 'interchange', message: string): Fault => ({
  code: 'segment_misplaced',
  level,
  message,
  standardCode: CODE.misplaced,
});

export const duplicate = (
  level: 'interchange' | 'group' | 'document',
  message: string,
  position: number,
): Fault => ({
  code: 'reference_repeated',
  level,
  message,
  standardCode: CODE.duplicate,
  element: { position },
});

export const emptyFault = (level: 'interchange' | 'group'): Fault => ({
  code: 'envelope_empty',
  level,
  message: `the ${level} holds no message`,
  standardCode: CODE.empty,
});

export const MIXED: Fault = {
  code: 'groups_and_messages_mixed',
  level: 'interchange',
  message: 'some messages stand in groups and some outside',
  standardCode: CODE.mixed,
};

export const countFault = (
  level: 'interchange' | 'group' | 'document',
  what: string,
  declared: string,
  counted: number,
  reference: string,
): Fault => ({
  code: `${what}_count_mismatch`,
  level,
  message: `the trailer declares ${declared.slice(0, 10) || 'no count'} and ${counted} came (${what}s)`,
  standardCode: CODE.count,
  element: { position: 1, reference },
  value: declared,
});

export const referenceFault = (
  level: 'interchange' | 'group' | 'document',
  value: string,
  header: string,
  reference: string,
): Fault => ({
  code: 'control_reference_mismatch',
  level,
  message: `the trailer repeats another reference than ${header}`,
  standardCode: CODE.reference,
  element: { position: 2, reference },
  value,
});
