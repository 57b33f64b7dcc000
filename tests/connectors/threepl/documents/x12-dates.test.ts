import { describe, expect, it } from 'vitest';
import { instantAt } from '../../../../src/connectors/threepl/documents/wall-time.ts';
import {
  ADJUSTMENT_REASONS,
  DAMAGE_REASONS,
  meaningOf,
  QUANTITY_KINDS,
  RECEIVING_CONDITIONS,
  zoneOfTimeCode,
} from '../../../../src/connectors/threepl/documents/x12-codes.ts';
import { clockOf, dayOf } from '../../../../src/connectors/threepl/documents/x12-dates.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';

const NOW = instantFrom('2026-11-28T12:00:00Z');

describe('dates and times of X12', () => {
  it('are days of the calendar, with two-digit years in the century nearest to the arrival', () => {
    expect(dayOf('20261128', NOW)).toBe('2026-11-28');
    expect(dayOf('261128', NOW)).toBe('2026-11-28');
    expect(dayOf('750101', NOW)).toBe('2075-01-01');
    expect(dayOf('760101', NOW)).toBe('1976-01-01');
    expect(dayOf('991231', instantFrom('2102-01-01T00:00:00Z'))).toBe('2099-12-31');
    expect(dayOf('010101', instantFrom('2099-12-31T00:00:00Z'))).toBe('2101-01-01');
    expect(dayOf('010101', NOW)).toBe('2001-01-01');
  });

  it('are nothing when the calendar has no such day', () => {
    expect(dayOf('20240229', NOW)).toBe('2024-02-29');
    expect(dayOf('20000229', NOW)).toBe('2000-02-29');
    for (const bad of [
      '20230229',
      '19000229',
      '20261301',
      '20260001',
      '20261100',
      '20261131',
      '2026112',
      'CCYYMMDD',
      '',
    ])
      expect(dayOf(bad, NOW)).toBeUndefined();
  });

  it('have hours and minutes, and seconds and their decimals when sent', () => {
    expect(clockOf('2359')).toBe('23:59:00');
    expect(clockOf('235958')).toBe('23:59:58');
    expect(clockOf('23595875')).toBe('23:59:58.75');
    for (const bad of ['2400', '2360', '235960', '12:30', '123', '12301', ''])
      expect(clockOf(bad)).toBeUndefined();
  });

  it('know their zones: with summer time, fixed, by number, or the partner’s own', () => {
    const noon = (code: string) => instantAt('2026-07-01', '12:00', zoneOfTimeCode(code) ?? '');
    expect(noon('CT')).toBe('2026-07-01T17:00:00.000000Z');
    expect(noon('CS')).toBe('2026-07-01T18:00:00.000000Z');
    expect(noon('CD')).toBe('2026-07-01T17:00:00.000000Z');
    expect(noon('UT')).toBe('2026-07-01T12:00:00.000000Z');
    expect(noon('NS')).toBe('2026-07-01T15:30:00.000000Z');
    expect(noon('01')).toBe('2026-07-01T11:00:00.000000Z');
    expect(noon('12')).toBe('2026-07-01T00:00:00.000000Z');
    expect(noon('13')).toBe('2026-07-02T00:00:00.000000Z');
    expect(noon('20')).toBe('2026-07-01T17:00:00.000000Z');
    expect(noon('24')).toBe('2026-07-01T13:00:00.000000Z');
    expect(zoneOfTimeCode('LT')).toBe('local');
    for (const unknown of ['', '00', '25', 'QQ', 'constructor'])
      expect(zoneOfTimeCode(unknown)).toBeUndefined();
  });
});

describe('meanings of codes', () => {
  it('are told in words, and what is unknown is said to be', () => {
    expect(meaningOf(ADJUSTMENT_REASONS, '06')).toBe('booked down');
    expect(meaningOf(RECEIVING_CONDITIONS, '02')).toBe('short');
    expect(meaningOf(DAMAGE_REASONS, 'WC')).toBe('wet or stained');
    expect(meaningOf(QUANTITY_KINDS, 'QH')).toBe('on hold');
    expect(meaningOf(QUANTITY_KINDS, 'constructor')).toBe('meaning not known here');
  });
});
