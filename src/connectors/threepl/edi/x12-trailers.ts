// What the trailers of X12 envelopes say against what was read: how many, and under which control number.
import type { Segment } from './segment.ts';
import { controlKeyOf, countOf } from './x12-control.ts';
import { type Remark, rejectRemark as reject } from './x12-heads.ts';

/** SE01 and SE02; codes are of element 718. */
export function documentTrailerRemarks(se: Segment, control: string, segments: number): Remark[] {
  const remarks: Remark[] = [];
  if (countOf(se.element(1)) !== segments)
    remarks.push(
      reject(
        'document',
        'segment_count_mismatch',
        `SE01 does not count the ${segments} segments of its document.`,
        '4',
      ),
    );
  if (!isSameControl(se.element(2), control))
    remarks.push(reject('document', 'document_control_mismatch', 'SE02 is not ST02.', '3'));
  return remarks;
}

/** GE01 and GE02; codes are of element 716. */
export function groupTrailerRemarks(ge: Segment, control: string, documents: number): Remark[] {
  const remarks: Remark[] = [];
  if (countOf(ge.element(1)) !== documents)
    remarks.push(
      reject(
        'group',
        'document_count_mismatch',
        `GE01 does not count the ${documents} documents of its group.`,
        '5',
      ),
    );
  if (!isSameControl(ge.element(2), control))
    remarks.push(reject('group', 'group_control_mismatch', 'GE02 is not GS06.', '4'));
  return remarks;
}

/** IEA01 and IEA02; codes are of element I18. */
export function interchangeTrailerRemarks(iea: Segment, control: string, groups: number): Remark[] {
  const remarks: Remark[] = [];
  if (countOf(iea.element(1)) !== groups)
    remarks.push(
      reject(
        'interchange',
        'group_count_mismatch',
        `IEA01 does not count the ${groups} groups of its interchange.`,
        '021',
      ),
    );
  if (!isSameControl(iea.element(2), control))
    remarks.push(reject('interchange', 'interchange_control_mismatch', 'IEA02 is not ISA13.', '001'));
  return remarks;
}

const isSameControl = (trailer: string, header: string): boolean =>
  trailer !== '' && controlKeyOf(trailer) === controlKeyOf(header);
