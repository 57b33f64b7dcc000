// What the X12 codes that stock depends on mean, in our own words, for messages and screens. Only codes the hub uses are
// here; a code that is missing is shown as it was sent.

type Meanings = Readonly<Record<string, string>>;

/** 368: what became of a line of a shipping order (W12-01). */
export const SHIPMENT_STATUSES: Meanings = {
  BO: 'will follow later',
  BP: 'shipped in part, the rest follows',
  CC: 'shipped in full',
  CL: 'complete',
  CM: 'shipped in full and more',
  CP: 'shipped in part, the rest does not follow',
  CS: 'shipped in full with a substitute',
  CU: 'line cancelled',
  DS: 'out of stock',
  IC: 'item cancelled',
  IS: 'a substitute for what was ordered',
  PH: 'held back',
  PR: 'shipped in part',
  SD: 'shipped although damaged',
  SE: 'replacement shipment',
  SH: 'shipped',
  SS: 'shipped in several parts',
  UN: 'not available',
};

/** 892: why a line was changed (W12-19). */
export const CHANGE_REASONS: Meanings = {
  '01': 'out of stock',
  '02': 'cut for want of room',
  '04': 'on hold',
  '05': 'the order is not consistent',
  '07': 'the stock is not what the records say',
  '08': 'material is short',
  '09': 'substituted',
  '11': 'loaded wrongly',
  '13': 'more than was allotted',
  '17': 'discontinued',
  '23': 'not kept at this warehouse',
  '24': 'withdrawn',
  ZZ: 'agreed between the partners',
};

/** 412: condition in which goods arrived (W13-03, RCD-08). */
export const RECEIVING_CONDITIONS: Meanings = {
  '01': 'damaged',
  '02': 'short',
  '03': 'more than announced',
  '04': 'quality problem',
  '05': 'wrong item',
  '06': 'unusual container',
  '07': 'good',
  '08': 'refused',
  '09': 'on hold',
  '10': 'scrapped',
  '12': 'too much, sent back',
  '13': 'arrived without an announcement, not booked',
  '14': 'arrived without an announcement, booked',
  '16': 'not taken in, an announcement is needed',
};

/** 853: how it was damaged (W13-05). */
export const DAMAGE_REASONS: Meanings = {
  CC: 'crushed',
  DL: 'damaged while loading',
  HD: 'hidden damage',
  IL: 'loaded wrongly',
  IU: 'unloaded wrongly',
  LS: 'load shifted',
  NR: 'not said',
  PS: 'pierced',
  TE: 'too warm or too cold',
  WC: 'wet or stained',
};

/** 181: why stock changed (W19-01). */
export const ADJUSTMENT_REASONS: Meanings = {
  '03': 'more was shipped than reported',
  '04': 'less was received than reported',
  '05': 'put on hold',
  '06': 'booked down',
  '07': 'destroyed',
  '51': 'lost stock found',
  '52': 'damaged stock made good',
  '53': 'less was shipped than reported',
  '54': 'more was received than reported',
  '55': 'taken off hold',
  '56': 'booked up',
  AA: 'counted',
  AB: 'booking error',
  AC: 'condition changed',
  AE: 'identified anew',
  AF: 'stock number changed',
  AG: 'owner changed',
  AH: 'other',
  AI: 'disaster',
  AJ: 'surveyed',
  AK: 'transferred',
  AN: 'unit changed',
  AP: 'tested',
  AR: 'shipped in error',
  AS: 'recovered',
  AT: 'packed ahead',
  AU: 'damaged in the warehouse',
  AV: 'damaged on the way',
  AW: 'recalled',
  AX: 'past its shelf life',
  AY: 'receipt in error',
  BR: 'graded anew',
  BS: 'graded down',
  CD: 'donated',
  CO: 'consigned',
  CR: 'customer return',
  CS: 'samples',
  PC: 'reserved for a customer',
  UD: 'destroyed without leave',
};

/** 673: what a quantity of a stock report is (QTY-01). */
export const QUANTITY_KINDS: Meanings = {
  '02': 'cumulative',
  '17': 'on hand',
  '20': 'unusable',
  '26': 'total',
  '27': 'committed',
  '29': 'projected',
  '32': 'sold',
  '33': 'available for sale',
  '34': 'on the shelf and uncommitted',
  '39': 'shipped',
  '63': 'on order',
  '74': 'damaged',
  '75': 'received in total',
  '76': 'returned',
  '77': 'transferred out or in',
  '78': 'transferred out or in',
  '87': 'received',
  A5: 'adjusted',
  BI: 'book stock',
  BQ: 'on back order',
  ES: 'at the end',
  IQ: 'in transit',
  QH: 'on hold',
  TN: 'at the beginning',
  TX: 'at the end',
  V2: 'available',
  XU: 'reserved',
};

/** 720: what is wrong with a segment. */
export const SEGMENT_ERRORS: Meanings = {
  '1': 'segment is not known',
  '2': 'segment was not expected here',
  '3': 'mandatory segment is missing',
  '4': 'loop comes too often',
  '5': 'segment comes too often',
  '6': 'segment does not belong to this document',
  '7': 'segment is out of order',
  '8': 'segment has element errors',
};

/** 723: what is wrong with an element. */
export const ELEMENT_ERRORS: Meanings = {
  '1': 'mandatory element is missing',
  '2': 'element is missing that another one requires',
  '3': 'too many elements',
  '4': 'too short',
  '5': 'too long',
  '6': 'character that is not allowed',
  '7': 'code that is not allowed',
  '8': 'not a date',
  '9': 'not a time',
  '10': 'excluded by another element',
};

/** 718: what is wrong with a document. */
export const DOCUMENT_ERRORS: Meanings = {
  '1': 'document type is not supported',
  '2': 'trailer is missing',
  '3': 'control numbers of header and trailer differ',
  '4': 'segment count is wrong',
  '5': 'segments have errors',
  '6': 'document type is missing or malformed',
  '7': 'control number is missing or malformed',
  '23': 'control number is used twice in its group',
};

/** 716: what is wrong with a group. */
export const GROUP_ERRORS: Meanings = {
  '1': 'group is not supported',
  '2': 'version is not supported',
  '3': 'trailer is missing',
  '4': 'control numbers of header and trailer differ',
  '5': 'document count is wrong',
  '6': 'control number is malformed',
};

/** I18: what is wrong with an interchange (TA1-05). */
export const INTERCHANGE_ERRORS: Meanings = {
  '000': 'no error',
  '001': 'control numbers of header and trailer differ',
  '002': 'standard is not supported',
  '003': 'version of the envelope is not supported',
  '004': 'segment terminator is not valid',
  '005': 'sender’s qualifier is not valid',
  '006': 'sender’s id is not valid',
  '007': 'receiver’s qualifier is not valid',
  '008': 'receiver’s id is not valid',
  '009': 'receiver’s id is not known',
  '014': 'date is not valid',
  '015': 'time is not valid',
  '017': 'version is not valid',
  '018': 'control number is not valid',
  '019': 'acknowledgement request is not valid',
  '020': 'test indicator is not valid',
  '021': 'group count is wrong',
  '022': 'structure is not valid',
  '023': 'ends too early',
  '024': 'content is not valid',
  '025': 'control number was used before',
  '026': 'element separator is not valid',
  '027': 'component separator is not valid',
};

/** The meaning of a code, or that it is not known here. */
export const meaningOf = (meanings: Meanings, code: string): string =>
  (Object.hasOwn(meanings, code) ? meanings[code] : undefined) ?? 'meaning not known here';

const NAMED_ZONES: Meanings = {
  AD: 'Etc/GMT+8',
  AS: 'Etc/GMT+9',
  AT: 'America/Anchorage',
  CD: 'Etc/GMT+5',
  CS: 'Etc/GMT+6',
  CT: 'America/Chicago',
  ED: 'Etc/GMT+4',
  ES: 'Etc/GMT+5',
  ET: 'America/New_York',
  GM: 'UTC',
  HD: 'Etc/GMT+9',
  HS: 'Etc/GMT+10',
  HT: 'Pacific/Honolulu',
  LT: 'local',
  MD: 'Etc/GMT+6',
  MS: 'Etc/GMT+7',
  MT: 'America/Denver',
  ND: '-02:30',
  NS: '-03:30',
  NT: 'America/St_Johns',
  PD: 'Etc/GMT+7',
  PS: 'Etc/GMT+8',
  PT: 'America/Los_Angeles',
  TD: 'Etc/GMT+3',
  TS: 'Etc/GMT+4',
  TT: 'America/Halifax',
  UT: 'UTC',
};

/**
 * The IANA zone of a time code (623): a zone that keeps summer time, a fixed offset, or `local` for the partner's own;
 * undefined when the code is not known. Codes 01 to 12 are hours ahead of UTC, 13 to 24 are 12 down to 1 behind.
 */
export function zoneOfTimeCode(code: string): string | undefined {
  if (!/^\d{2}$/.test(code)) return Object.hasOwn(NAMED_ZONES, code) ? NAMED_ZONES[code] : undefined;
  const number = Number(code);
  if (number < 1 || number > 24) return undefined;
  // The names in Etc count west as positive.
  return number <= 12 ? `Etc/GMT-${number}` : `Etc/GMT+${25 - number}`;
}
