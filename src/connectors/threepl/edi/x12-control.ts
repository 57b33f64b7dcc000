// The numbers and words of X12 envelopes: control numbers, counts, dates, and which group each document belongs in.
// Pure comparisons; what a mismatch means is said where the envelope is read.

/** Functional group (element 479) of each document we know. A group that names another is a warning: the document says what it is. */
const FUNCTIONAL: Readonly<Record<string, string>> = {
  '180': 'AN',
  '810': 'IN',
  '846': 'IB',
  '850': 'PO',
  '852': 'PD',
  '855': 'PR',
  '856': 'SH',
  '860': 'PC',
  '861': 'RC',
  '865': 'CA',
  '888': 'QG',
  '940': 'OW',
  '943': 'AR',
  '944': 'RE',
  '945': 'SW',
  '947': 'AW',
  '997': 'FA',
  '999': 'FA',
};

/** GS01 for a document type such as `945`; undefined for types we do not know. */
export const functionalGroupOf = (type: string): string | undefined => FUNCTIONAL[type];

/** Control numbers without their padding, so that `77` is `000000077`; letters compare as they are. */
export const controlKeyOf = (control: string): string => {
  const trimmed = control.trim();
  return /^\d+$/.test(trimmed) ? trimmed.replace(/^0+(?=\d)/, '') : trimmed;
};

/** A count of the envelope; undefined when it is none. */
export const countOf = (text: string): number | undefined =>
  /^\d{1,10}$/.test(text.trim()) ? Number(text) : undefined;

/** `YYMMDD` or `YYYYMMDD`, and a day that exists. */
export function isX12Date(text: string): boolean {
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})$/.exec(text);
  if (!match) return false;
  const [, year = '', month = '', day = ''] = match;
  const lastDay = new Date(
    Date.UTC(year.length === 2 ? 2000 + Number(year) : Number(year), Number(month), 0),
  );
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= lastDay.getUTCDate();
}

/** `HHMM`, `HHMMSS` or `HHMMSSD[D]`. */
export const isX12Time = (text: string): boolean => /^([01]\d|2[0-3])[0-5]\d([0-5]\d\d{0,2})?$/.test(text);

/** The six digits of GS08, its suffix such as VICS cut off; '' when it does not start with them. */
export const versionOf = (gs08: string): string => /^\d{6}/.exec(gs08)?.[0] ?? '';
