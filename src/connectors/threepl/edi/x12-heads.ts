// The headers of X12 envelopes turned into heads, with what is wrong in them. What a header says of dates and padding is only
// told; a control number that is none is refused, because everything later is known by it.
import type { Finding } from './finding.ts';
import type { GroupHead, InterchangeHead, Segment } from './segment.ts';
import { functionalGroupOf, isX12Date, isX12Time, versionOf } from './x12-control.ts';
import type { X12Header } from './x12-delimiters.ts';
import { decoded } from './x12-segment.ts';

/** A finding before the reader adds where it stands. */
export type Remark = Pick<Finding, 'code' | 'severity' | 'level' | 'message'> &
  Partial<Pick<Finding, 'value' | 'standardCode' | 'segment' | 'element'>>;

const reject = (level: Finding['level'], code: string, message: string, standardCode?: string): Remark => ({
  code,
  severity: 'reject',
  level,
  message,
  ...(standardCode === undefined ? {} : { standardCode }),
});
const warning = (
  level: Finding['level'],
  code: string,
  message: string,
  extra: Partial<Pick<Finding, 'value' | 'standardCode'>> = {},
): Remark => ({ code, severity: 'warning', level, message, ...extra });

export { reject as rejectRemark, warning as warningRemark };

export function interchangeHeadOf(header: X12Header): InterchangeHead {
  const element = (n: number): string => decoded(header.elements[n - 1] ?? '').trim();
  return {
    syntax: 'x12',
    delimiters: header.delimiters,
    sender: { qualifier: element(5), id: element(6) },
    receiver: { qualifier: element(7), id: element(8) },
    control: element(13),
    date: element(9),
    time: element(10),
    version: element(12),
    test: element(15) === 'T',
    acknowledgementRequested: element(14) === '1',
  };
}

/** What is wrong with an ISA segment; codes are of element I18. */
export function interchangeRemarks(header: X12Header, head: InterchangeHead): Remark[] {
  const remarks: Remark[] = [];
  const usage = (header.elements[14] ?? '').trim();
  if (header.fault)
    remarks.push(
      reject('interchange', 'delimiters_invalid', header.fault.message, header.fault.standardCode),
    );
  if (header.form === 'collapsed')
    remarks.push(warning('interchange', 'header_not_padded', 'The ISA segment is not of its fixed width.'));
  if (header.form === 'wrapped')
    remarks.push(warning('interchange', 'header_wrapped', 'Lines are broken inside the ISA segment.'));
  if (!/^\d{1,9}$/.test(head.control))
    remarks.push(
      reject('interchange', 'control_number_invalid', 'ISA13 is not a number of up to nine digits.', '018'),
    );
  else if (head.control.length < 9)
    remarks.push(warning('interchange', 'control_number_not_padded', 'ISA13 has fewer than nine digits.'));
  if (!isX12Date(head.date))
    remarks.push(
      warning('interchange', 'envelope_date_invalid', 'ISA09 is not a date.', {
        standardCode: '014',
        value: head.date,
      }),
    );
  if (!isX12Time(head.time))
    remarks.push(
      warning('interchange', 'envelope_time_invalid', 'ISA10 is not a time.', {
        standardCode: '015',
        value: head.time,
      }),
    );
  if (!/^[PTI]$/.test(usage))
    remarks.push(
      warning('interchange', 'usage_invalid', 'ISA15 is neither production nor test.', {
        standardCode: '020',
        value: usage,
      }),
    );
  return remarks;
}

export const groupHeadOf = (gs: Segment): GroupHead => ({
  functional: gs.element(1).trim(),
  sender: gs.element(2).trim(),
  receiver: gs.element(3).trim(),
  control: gs.element(6).trim(),
  version: gs.element(8).trim(),
});

/** What is wrong with a GS segment; codes are of element 716. */
export function groupRemarks(gs: Segment, head: GroupHead): Remark[] {
  const remarks: Remark[] = [];
  if (!/^\d{1,9}$/.test(head.control))
    remarks.push(
      reject('group', 'control_number_invalid', 'GS06 is not a number of up to nine digits.', '6'),
    );
  if (versionOf(head.version) === '')
    remarks.push(
      warning('group', 'version_unknown', 'GS08 does not start with the six digits of a version.', {
        standardCode: '2',
        value: head.version.slice(0, 70),
      }),
    );
  if (!isX12Date(gs.element(4)))
    remarks.push(
      warning('group', 'envelope_date_invalid', 'GS04 is not a date.', { value: gs.element(4).slice(0, 70) }),
    );
  if (!isX12Time(gs.element(5)))
    remarks.push(
      warning('group', 'envelope_time_invalid', 'GS05 is not a time.', { value: gs.element(5).slice(0, 70) }),
    );
  return remarks;
}

/** What is wrong with an ST segment in its group; codes are of element 718. */
export function documentRemarks(st: Segment, group: GroupHead | undefined): Remark[] {
  const remarks: Remark[] = [];
  const type = st.element(1);
  const control = st.element(2);
  if (!/^\d{3}$/.test(type))
    remarks.push(reject('document', 'document_type_invalid', 'ST01 is not three digits.', '6'));
  if (!/^[!-~]{1,9}$/.test(control))
    remarks.push(
      reject('document', 'control_number_invalid', 'ST02 is not of four to nine characters.', '7'),
    );
  else if (control.length < 4)
    remarks.push(
      warning('document', 'control_number_short', 'ST02 has fewer than four characters.', {
        standardCode: '7',
        value: control,
      }),
    );
  const belongs = functionalGroupOf(type);
  if (group && belongs !== undefined && belongs !== group.functional)
    remarks.push(
      warning('document', 'functional_group_mismatch', `A ${type} belongs in a group ${belongs}.`, {
        value: group.functional.slice(0, 70),
      }),
    );
  return remarks;
}
