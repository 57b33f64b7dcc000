// One record asked for its facts by the names of the feed's fields: texts, quantities and times, each checked as it is
// read. What is missing or cannot be said for certain is a finding with its line and column, never a default.
import { instantFrom } from '../../../core/vocabulary/instant.ts';
import { isQuantityText, quantityFrom, quantityText } from '../../../core/vocabulary/quantity.ts';
import { isPlainText } from '../../../core/vocabulary/text.ts';
import type { WarehouseDocument } from '../documents/document.ts';
import { spanOfDay } from '../documents/span.ts';
import { instantAt } from '../documents/wall-time.ts';
import type { Finding } from '../edi/finding.ts';
import type { Feed, FeedField, FeedValue } from '../profile/feed-settings.ts';
import { placeText, recordFinding } from './finding.ts';
import type { FeedRecord } from './record.ts';
import { transformed, wallDateOf } from './transform.ts';

const LONGEST = 200;

/** When a record took effect. */
export type Dated = Pick<WarehouseDocument, 'occurredAt' | 'within'>;

/** The columns or paths one value is made of. */
export const sourcesOf = (value: FeedValue): readonly string[] => {
  if (typeof value === 'string') return [value];
  return value.concat ?? (value.from === undefined ? [] : [value.from]);
};

export class RowValues {
  readonly record: FeedRecord;
  readonly findings: Finding[] = [];
  readonly #fields: Feed['fields'];
  /** For years of two digits. */
  readonly #year: number;

  constructor(record: FeedRecord, fields: Feed['fields'], year: number) {
    this.record = record;
    this.#fields = fields;
    this.#year = year;
  }

  /** Whether the feed says where the field stands. */
  knows(field: FeedField): boolean {
    return this.#fields[field] !== undefined;
  }

  /** Whether the field belongs to the whole document: the header record's, or on the XML document. */
  isOfDocument(field: FeedField): boolean {
    const value = this.#fields[field];
    return value !== undefined && sourcesOf(value).some((source) => source.startsWith('/'));
  }

  /** The field's text; '' when the record or the feed has none. */
  text(field: FeedField): string {
    const value = this.#fields[field];
    return value === undefined ? '' : (this.#valueAt(value, field)[0] ?? '');
  }

  /** Every text of a field that may hold several, such as tracking numbers. */
  texts(field: FeedField): readonly string[] {
    const value = this.#fields[field];
    if (value === undefined) return [];
    const all = this.#valueAt(value, field, 'several');
    return [...new Set(all.flatMap((text) => text.split(/[\s|;,]+/)).filter((text) => text !== ''))];
  }

  /** As {@link text}, and a finding when there is none. */
  needed(field: FeedField): string {
    const before = this.findings.length;
    const text = this.text(field);
    if (text === '' && this.findings.length === before) this.#reject('field_empty', field, 'is empty');
    return text;
  }

  /** Exact decimal text; undefined, with a finding, when there is no such number. */
  quantity(field: FeedField, sign: 'positive' | 'any'): string | undefined {
    const value = this.#fields[field];
    return value === undefined ? undefined : this.quantityOf(value, field, sign);
  }

  /** As {@link quantity}, of a value that is not one of the fields, called `name`. */
  quantityOf(value: FeedValue, name: string, sign: 'positive' | 'any'): string | undefined {
    const before = this.findings.length;
    const text = (this.#valueAt(value, name)[0] ?? '').replace(/^\+(?=\d)/, '');
    if (this.findings.length > before) return undefined;
    if (text === '') return this.#reject('field_empty', name, 'is empty', value);
    if (!isQuantityText(text)) {
      const why = 'is no plain decimal number; where it has other marks, say so with the transform `number`';
      return this.#reject('quantity_not_numeric', name, why, value, text);
    }
    if (sign === 'positive' && quantityFrom(text) < 0n)
      return this.#reject('quantity_negative', name, 'is below zero, which means nothing here', value, text);
    return quantityText(quantityFrom(text));
  }

  /** When it happened, by `occurredAt` or `date` and `time`; of a day alone its span; undefined when the feed says neither or a finding tells why. */
  dated(timeZone: string): Dated | undefined {
    const field = this.knows('occurredAt') ? 'occurredAt' : 'date';
    if (!this.knows(field)) return undefined;
    const text = this.needed(field);
    if (text === '') return undefined;
    const wall = wallDateOf(text);
    const time = this.text('time');
    if (!wall || (time !== '' && wall.time !== undefined))
      return this.#reject(
        'date_invalid',
        field,
        wall ? 'has a time of its own beside the field time' : DATE_HELP,
        undefined,
        text,
      );
    try {
      return wall.offset === undefined
        ? rememberedDate(wall.date, time === '' ? wall.time : time, timeZone)
        : { occurredAt: instantFrom(`${wall.date}T${wall.time}${wall.offset}`) };
    } catch {
      return time === ''
        ? this.#reject(
            'date_invalid',
            field,
            'is no instant: its offset or its year cannot be',
            undefined,
            text,
          )
        : this.#reject('time_invalid', 'time', 'is no time of the day', undefined, time);
    }
  }

  /** A day such as an expiry date, `YYYY-MM-DD`; undefined when there is none or a finding tells why. */
  day(field: FeedField): string | undefined {
    const text = this.text(field);
    if (text === '') return undefined;
    return wallDateOf(text)?.date ?? this.#reject('date_invalid', field, DATE_HELP, undefined, text);
  }

  /** Records what is wrong with a field. Answers undefined, which is then its value. */
  reject(code: string, field: FeedField, problem: string, value?: string): undefined {
    return this.#reject(code, field, problem, undefined, value);
  }

  #valueAt(value: FeedValue, name: string, many: 'one' | 'several' = 'one'): readonly string[] {
    const given = typeof value === 'string' ? { from: value } : value;
    const transforms = given.transforms ?? [];
    const groups = this.#given(given);
    const results =
      many === 'several' && !transforms.includes('first') ? groups.map((text) => [text]) : [groups];
    return results.flatMap((texts) => {
      const result = transformed(texts, transforms, { direction: 'in', year: this.#year });
      if ('code' in result) {
        this.#reject(result.code, name, result.problem, value, texts[0]);
        return [];
      }
      if (isPlainText(result.value) && result.value.length <= LONGEST) return [result.value];
      this.#reject(
        'value_unusable',
        name,
        `has control characters or more than ${LONGEST} characters`,
        value,
      );
      return [];
    });
  }

  #given(value: Exclude<FeedValue, string>): readonly string[] {
    if (value.const !== undefined) return [value.const];
    if (value.concat === undefined) return this.record.valuesAt(value.from ?? '');
    const parts = value.concat.map((from) => this.record.valuesAt(from)[0] ?? '');
    return parts.every((part) => part === '') ? [] : [parts.join(value.with ?? '')];
  }

  #reject(code: string, name: string, problem: string, from?: FeedValue, text?: string): undefined {
    const value = from ?? this.#fields[name as FeedField];
    const source = value === undefined ? '' : (sourcesOf(value)[0] ?? '');
    const { place } = this.record;
    const where =
      source === '' ? name : `${place.tag === 'line' ? 'column ' : ''}${JSON.stringify(source)} (${name})`;
    const column = source === '' ? undefined : this.record.columnOf(source);
    this.findings.push(
      recordFinding(code, `${placeText(place)}, ${where} ${problem}.`, place, { column, value: text }),
    );
    return undefined;
  }
}

/** The lines of a file share few times; the rules of a zone are slow to ask. */
const remembered = new Map<string, Dated>();
const MOST_REMEMBERED = 2048;

function rememberedDate(date: string, time: string | undefined, timeZone: string): Dated {
  const key = `${date} ${time ?? ''} ${timeZone}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const dated = datedAt(date, time, timeZone);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(key, dated);
  return dated;
}

function datedAt(date: string, time: string | undefined, timeZone: string): Dated {
  if (time !== undefined) return { occurredAt: instantAt(date, time, timeZone) };
  const within = spanOfDay(date, timeZone);
  return { occurredAt: within.from, within };
}

const DATE_HELP =
  'is no date such as 2026-11-21; where it is written otherwise, say so with the transform `date`';
