// What each path of the accounting service answers, once the gateway has let a request through. Knows no sockets and no faults.
// A request id is answered once: the same id gets the first answer again, byte for byte, whatever it sends.

import { isLosslessNumber, parse, stringify } from 'lossless-json';
import type { Company } from '../books/company.ts';
import { instantText } from '../books/dates.ts';
import { generalLedger } from '../reports/general-ledger.ts';
import { trialBalance } from '../reports/trial-balance.ts';
import { batchResponse } from './batch.ts';
import { changesSince } from './changes.ts';
import { QuickbooksFault } from './fault.ts';
import { journalEntriesOf } from './journal-entries.ts';
import type { RuleOptions } from './journal-rules.ts';
import { queryResponse } from './query.ts';
import type { Endpoint } from './request-faults.ts';
import { companyInfoWire, preferencesWire, type Wire } from './wire.ts';

export interface ApiRequest {
  readonly method: string;
  /** What follows `/v3/company/<realm>/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly contentType: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

export interface ApiOptions extends RuleOptions {
  /** Validation Faults come with HTTP 200, as some do. */
  readonly faultsAnswer200: boolean;
  /** A Fault is remembered under its request id like any answer (unverified, and the harder case for a client). */
  readonly remembersFaults: boolean;
  readonly mostReportCells: number;
}

export interface Api {
  answer(request: ApiRequest): ApiAnswer;
  /** A Fault as it would be answered. */
  faultAnswer(fault: QuickbooksFault, status?: number): ApiAnswer;
}

const LONGEST_REQUEST_ID = 50;
const LONGEST_BATCH_REQUEST_ID = 36;

/** Which endpoint a request speaks to, for faults and the log. */
export function endpointOf({ method, path, query, body }: ApiRequest): Endpoint {
  const [head = '', second] = path.split('/');
  if (head === 'journalentry') {
    if (method === 'GET') return 'read';
    if (query.get('operation') === 'delete') return 'delete';
    return isUpdate(body) ? 'update' : 'create';
  }
  if (head === 'reports') return second === 'TrialBalance' || second === 'GeneralLedger' ? second : 'other';
  return head === 'query' ||
    head === 'cdc' ||
    head === 'batch' ||
    head === 'companyinfo' ||
    head === 'preferences'
    ? head
    : 'other';
}

function isUpdate(body: Buffer): boolean {
  try {
    const read: unknown = JSON.parse(body.toString('utf8'));
    return typeof read === 'object' && read !== null && 'Id' in read;
  } catch {
    return false;
  }
}

export function apiOf(company: Company, options: ApiOptions): Api {
  const entries = journalEntriesOf(company, options);
  const answered = new Map<string, ApiAnswer>();
  const text = (wire: unknown): string => stringify(wire) ?? 'null';
  const timed = (wire: Wire): Wire => ({ ...wire, time: instantText(company.options.now()) });

  const faultAnswer = (fault: QuickbooksFault, status?: number): ApiAnswer => ({
    status: status ?? (options.faultsAnswer200 && fault.status === 400 ? 200 : fault.status),
    body: text(timed({ Fault: fault.body })),
  });

  const journalEntry = (request: ApiRequest, id: string | undefined): Wire => {
    if (request.method === 'GET') return timed({ JournalEntry: entries.read(id ?? '') });
    const operation = request.query.get('operation');
    const body = jsonOf(request);
    if (operation === 'delete') return timed({ JournalEntry: entries.remove(body) });
    return timed({ JournalEntry: entries.save(body, request.query.get('include') ?? undefined) });
  };

  const worked = (request: ApiRequest): Wire => {
    const { method, query } = request;
    const [head, second, ...rest] = request.path.split('/');
    if (rest.length > 0) throw unsupported(request);
    if (head === 'journalentry' && (method === 'POST' ? second === undefined : method === 'GET'))
      return journalEntry(request, second);
    if (head === 'query' && second === undefined && (method === 'GET' || method === 'POST')) {
      const asked = query.get('query') ?? request.body.toString('utf8');
      return timed({ QueryResponse: queryResponse(company, asked) });
    }
    if (head === 'batch' && method === 'POST') {
      const items = batchResponse(company, entries, jsonOf(request), query.has('requestid'));
      return timed({ BatchItemResponse: items });
    }
    if (method !== 'GET') throw unsupported(request);
    if (head === 'cdc') {
      const { now } = company.options;
      return changesSince(company, query.get('entities') ?? '', query.get('changedSince') ?? '', now());
    }
    if (head === 'companyinfo' && second === company.options.realmId)
      return timed({ CompanyInfo: companyInfoWire(company) });
    if (head === 'preferences') return timed({ Preferences: preferencesWire(company) });
    if (head === 'reports' && second === 'TrialBalance') return { ...trialBalance(company, query) };
    if (head === 'reports' && second === 'GeneralLedger')
      return { ...generalLedger(company, query, options.mostReportCells) };
    throw unsupported(request);
  };

  const computed = (request: ApiRequest): ApiAnswer => {
    try {
      mustBeKnownVersion(request.query.get('minorversion'));
      return { status: 200, body: text(worked(request)) };
    } catch (error) {
      if (error instanceof QuickbooksFault) return faultAnswer(error);
      throw error;
    }
  };

  return {
    faultAnswer,
    answer: (request) => {
      const requestId = request.query.get('requestid');
      if (requestId === null || request.method !== 'POST') return computed(request);
      const longest = request.path === 'batch' ? LONGEST_BATCH_REQUEST_ID : LONGEST_REQUEST_ID;
      if (requestId === '' || requestId.length > longest)
        return faultAnswer(
          new QuickbooksFault('2050', `requestid has 1 to ${longest} characters`, 'requestid'),
        );
      // What the service does with another body under the same id is unverified; here the first answer stands.
      const before = answered.get(requestId);
      if (before !== undefined) return before;
      const answer = computed(request);
      const isFault = answer.body.startsWith('{"Fault"');
      if (!isFault || options.remembersFaults) answered.set(requestId, answer);
      return answer;
    },
  };
}

const unsupported = ({ method, path }: ApiRequest): QuickbooksFault =>
  new QuickbooksFault('2010', `Unsupported Operation: ${method} ${path} is not simulated`);

/** Versions below 75 are taken as 75. What the service says to versions it does not have yet is unverified. */
function mustBeKnownVersion(version: string | null): void {
  if (version !== null && !/^\d{1,3}$/.test(version))
    throw new QuickbooksFault('2010', `minorversion ${version} is no version`, 'minorversion');
}

function jsonOf({ body, contentType }: ApiRequest): unknown {
  if (!contentType.includes('application/json'))
    throw new QuickbooksFault('2010', `Content-Type ${contentType || '(none)'} is not supported`);
  try {
    const read = parse(body.toString('utf8'));
    if (typeof read === 'object' && read !== null && !isLosslessNumber(read)) return read;
  } catch {
    // Falls through: malformed JSON and JSON that is no object are refused alike.
  }
  throw new QuickbooksFault('2010', 'Property Name:failed to parse json object');
}
