import { describe, expect, it } from 'vitest';
import { readTA1 } from '../../../../src/connectors/threepl/documents/x12-read.ts';
import { readSet, refusals, warnings } from './x12-setup.ts';

const said = (segments: readonly string[], type = '997') => {
  const read = readSet(type, segments);
  expect(read.findings.filter(({ severity }) => severity === 'reject')).toEqual([]);
  expect(read.document).toEqual(read.acknowledgements?.[0]);
  return (read.acknowledgements ?? []).map(({ group, document, documentType, verdict }) =>
    [group, documentType, document, verdict].filter((part) => part !== undefined).join(' '),
  );
};

describe('an acknowledgement (997, 999, TA1)', () => {
  it('answers every document it names, with each error in words', () => {
    const read = readSet('997', [
      'AK1*OW*101',
      'AK2*940*0001',
      'AK5*A',
      'AK2*940*0002',
      'AK3*W01*8*LX*8',
      'AK4*1>2*330*6*2O',
      'AK5*R*5',
      'AK9*P*2*2*1',
    ]);
    expect(read.findings).toEqual([]);
    expect(read.acknowledgements).toEqual([
      {
        kind: 'acknowledgement',
        source: '997',
        group: '101',
        document: '0001',
        documentType: '940',
        verdict: 'accepted',
        errors: [],
      },
      {
        kind: 'acknowledgement',
        source: '997',
        group: '101',
        document: '0002',
        documentType: '940',
        verdict: 'rejected',
        errors: [
          'W01 at position 8: 8 – segment has element errors',
          'W01 at position 8, element 1, component 2 (330): 6 – character that is not allowed; it was "2O"',
          '5 – segments have errors',
        ],
      },
    ]);
  });

  it('never repeats a copy of an address', () => {
    const read = readSet('997', [
      'AK1*OW*1',
      'AK2*940*0001',
      'AK3*N3*4**8',
      'AK4*1*166*5*12 Secret Lane',
      'AK5*E*5',
    ]);
    expect(JSON.stringify(read)).not.toContain('Secret');
    expect(read.acknowledgements?.[0]).toMatchObject({ verdict: 'accepted_with_errors' });
  });

  it('believes AK5 before AK9, and says that they differ', () => {
    const segments = ['AK1*OW*9', 'AK2*940*0001', 'AK5*A', 'AK2*940*0002', 'AK5*R', 'AK9*R*2*2*1'];
    expect(said(segments)).toEqual(['9 940 0001 accepted', '9 940 0002 rejected']);
    expect(warnings(readSet('997', segments))).toEqual(['group_verdict_differs AK9@7-1 7']);
  });

  it('answers the group where it names no document', () => {
    expect(said(['AK1*OW*9', 'AK9*A*3*3*3'])).toEqual(['9 accepted']);
    expect(said(['AK1*OW*9', 'AK9*E*3*3*3'])).toEqual(['9 accepted_with_errors']);
    expect(said(['AK1*OW*9', 'AK9*R*3*3*0*2'])).toEqual(['9 rejected']);
    expect(readSet('997', ['AK1*OW*9', 'AK9*R*3*3*0*2']).document).toMatchObject({
      errors: ['2 – version is not supported'],
    });
    expect(refusals(readSet('997', ['AK1*OW*9', 'AK9*P*3*3*2']))).toEqual(['verdict_unclear AK9@3-1 7']);
  });

  it('answers the group too where only the refused documents are named', () => {
    expect(said(['AK1*OW*9', 'AK2*940*0002', 'AK5*R', 'AK9*P*3*3*2'])).toEqual([
      '9 940 0002 rejected',
      '9 accepted',
    ]);
    expect(refusals(readSet('997', ['AK1*OW*9', 'AK2*940*0002', 'AK5*R', 'AK9*P*3*3*1']))).toEqual([
      'verdict_unclear AK9@5-1 7',
    ]);
    expect(said(['AK1*OW*9', 'AK2*940*0002', 'AK5*R', 'AK9*R*3*3*0'])).toEqual([
      '9 940 0002 rejected',
      '9 rejected',
    ]);
  });

  it('reads 999 with its own segments and passes over contexts', () => {
    expect(
      said(
        [
          'AK1*OW*9*005010',
          'AK2*940*0001*005010',
          'IK3*W05*2**8',
          'CTX*SITUATIONAL TRIGGER*W05*2',
          'IK4*2*285*1',
          'IK5*R*5',
          'AK9*R*1*1*0',
        ],
        '999',
      ),
    ).toEqual(['9 940 0001 rejected']);
  });

  it('says nothing where the verdict is missing or unknown', () => {
    expect(refusals(readSet('997', ['AK1*OW*9', 'AK2*940*0001', 'AK9*A*1*1*1']))).toEqual([
      'segment_missing AK2@3 3',
    ]);
    expect(refusals(readSet('997', ['AK1*OW*9', 'AK2*940*0001', 'AK5*Q', 'AK9*A*1*1*1']))).toEqual([
      'verdict_unknown AK5@4-1 7',
    ]);
    expect(refusals(readSet('997', ['AK1*OW', 'AK9*A*1*1*1']))).toEqual(['element_missing AK1@2-2 1']);
    expect(refusals(readSet('997', ['AK9*A*1*1*1']))).toEqual(['segment_missing AK1@2 3']);
    expect(refusals(readSet('997', ['AK1*OW*9']))).toEqual(['segment_missing AK9@2 3']);
  });

  it('reads TA1: which interchange, which verdict, why', () => {
    expect(readTA1(['000000905', '261121', '0915', 'R', '025'])).toMatchObject({
      document: {
        source: 'TA1',
        interchange: '000000905',
        verdict: 'rejected',
        errors: ['025 – control number was used before'],
      },
      findings: [],
    });
    expect(readTA1(['000000905', '261121', '0915', 'A', '000']).document).toMatchObject({
      verdict: 'accepted',
      errors: [],
    });
    expect(refusals(readTA1(['', '261121', '0915', 'A', '000'], 40))).toEqual(['element_missing TA1@1-1 1']);
    expect(refusals(readTA1(['000000905', '261121', '0915', '?', '000']))).toEqual([
      'verdict_unknown TA1@1-4 7',
    ]);
    expect(refusals(readTA1([]))).toEqual(['element_missing TA1@1-1 1']);
  });

  it('is not read from documents of another kind, which are refused with what is read', () => {
    const read = readSet('810', ['BIG*20261121*I-1']);
    expect(refusals(read)).toEqual(['document_type_unsupported 1']);
    expect(read.findings[0]).toMatchObject({
      level: 'document',
      message: expect.stringContaining('944, 945, 947, 846, 856, 861, 997, 999'),
    });
    expect(refusals(readSet('constructor', []))).toEqual(['document_type_unsupported 1']);
  });
});
