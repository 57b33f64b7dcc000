// A whole X12 file at once, for files that fit in memory: the stream reader's findings and documents put back together.
import type { EdiFile, EdiGroup, EdiInterchange } from './file.ts';
import type { Finding } from './finding.ts';
import type { Delimiters, EdiDocument, GroupHead, InterchangeHead } from './segment.ts';
import type { X12Handler } from './x12-handler.ts';
import { createX12Reader, type X12ReadOptions } from './x12-reader.ts';

export type { X12Handler } from './x12-handler.ts';
export { createX12Reader, type X12Reader, type X12ReadOptions } from './x12-reader.ts';

/** Every segment is kept, at some hundred bytes each: more would endanger the process. */
const SEGMENTS_KEPT = 4_000_000;
const USUAL: Delimiters = { element: '*', component: '>', segment: '~', decimal: '.' };

/**
 * Reads a file of X12 interchanges. Never throws for what the bytes say: everything wrong is a finding, at the file, the
 * interchange, the group or the document. A file that was cut has `complete` false, or findings that refuse it; one cut
 * exactly between two interchanges is a shorter whole file and cannot be told from one.
 */
export function readX12(bytes: Uint8Array, options: X12ReadOptions = {}): EdiFile {
  const collector = new Collector();
  const reader = createX12Reader(collector, { segmentsPerFile: SEGMENTS_KEPT, ...options });
  reader.push(bytes);
  reader.end();
  return collector.file();
}

class Collector implements X12Handler {
  readonly #interchanges: EdiInterchange[] = [];
  readonly #bare: EdiDocument[] = [];
  #head: InterchangeHead | undefined;
  #groups: EdiGroup[] = [];
  #acknowledgements: EdiInterchange['acknowledgements'][number][] = [];
  #group: GroupHead | undefined;
  #documents: EdiDocument[] = [];
  #end: Parameters<NonNullable<X12Handler['fileEnd']>>[0] = {
    findings: [],
    complete: false,
    delimiters: undefined,
  };

  interchangeStart(head: InterchangeHead): void {
    this.#head = head;
    this.#groups = [];
    this.#acknowledgements = [];
  }

  acknowledgement(sent: EdiInterchange['acknowledgements'][number]): void {
    this.#acknowledgements.push(sent);
  }

  groupStart(head: GroupHead): void {
    this.#group = head;
    this.#documents = [];
  }

  document(document: EdiDocument): void {
    (this.#group ? this.#documents : this.#bare).push(document);
  }

  groupEnd({
    declaredDocuments,
    findings,
  }: {
    readonly declaredDocuments: number | undefined;
    readonly findings: readonly Finding[];
  }): void {
    if (this.#group)
      this.#groups.push({ head: this.#group, documents: this.#documents, declaredDocuments, findings });
    this.#group = undefined;
  }

  interchangeEnd({ findings }: { readonly findings: readonly Finding[] }): void {
    if (!this.#head) return;
    this.#interchanges.push({
      head: this.#head,
      groups: this.#groups,
      acknowledgements: this.#acknowledgements,
      findings,
    });
    this.#head = undefined;
  }

  fileEnd(end: Parameters<NonNullable<X12Handler['fileEnd']>>[0]): void {
    this.#end = end;
  }

  file(): EdiFile {
    const { findings, complete, delimiters = USUAL } = this.#end;
    return {
      syntax: 'x12',
      delimiters,
      interchanges: this.#interchanges,
      bare: this.#bare,
      findings,
      complete,
    };
  }
}
