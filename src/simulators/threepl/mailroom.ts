// Takes the hub's files out of /in, reads them, answers each group, and hands on what is accepted. A file is taken the moment
// it stands there under a final name, as most warehouses do: whoever writes under the final name has half a file taken.

import type { Agenda } from './agenda.ts';
import type { Books } from './books.ts';
import { noticeRequestOf, orderRequestOf } from './documents/requests.ts';
import type { Faults } from './inputs.ts';
import type { Outbox } from './outbox.ts';
import type { SftpServer } from './sftp-server.ts';
import type { Warehouse } from './warehouse.ts';
import {
  acknowledgementOf,
  answerOfTa1,
  answersOf,
  interchangeAnswerOf,
  isRefused,
  type Judged,
} from './x12/acknowledge.ts';
import type { Draft } from './x12/build.ts';
import { faultsOf, type SegmentFault } from './x12/check.ts';
import { elementOf, type Party, type ReceivedGroup, type ReceivedSet, receive } from './x12/split.ts';

/** A file, or a part of one, that the warehouse did not do as it says. */
export interface Complaint {
  readonly file: string;
  readonly what: string;
}

export interface Mailroom {
  /** Takes every file that stands in /in now; answers how many. */
  collect(): number;
  complaints(): Complaint[];
  setFaults(faults: Faults): void;
}

export interface MailroomParts {
  readonly server: SftpServer;
  readonly outbox: Outbox;
  readonly agenda: Agenda;
  readonly books: Books;
  readonly warehouse: Warehouse;
  readonly code: string;
  readonly sender: Party;
  readonly receiver: Party;
}

const FOLDER = '/in';
const ARCHIVE = `${FOLDER}/archive`;
/** Names that say of themselves that they are not written yet. */
const UNFINISHED = /^\.|\.(part|tmp|filepart|partial)$/i;
/** How long a 997 waits for the 945 that is to come before it. */
const AFTER_SHIPMENT_MS = 50;

export function startMailroom(parts: MailroomParts): Mailroom {
  const { server, outbox, agenda, books, warehouse, code, sender, receiver } = parts;
  const usedControls = new Set<string>();
  const complaints: Complaint[] = [];
  let faults: Faults = {};

  const answer = (draft: Draft): void => {
    if (faults.no997 === true) return;
    const lateMs = faults.late997Ms ?? (faults['945BeforeAck'] === true ? AFTER_SHIPMENT_MS : 0);
    if (lateMs === 0) outbox.answer(draft);
    else agenda.after(lateMs, () => outbox.answer(draft));
  };

  /** What stands against a set, and the work it asks for. */
  const judge = (set: ReceivedSet): Judged & { readonly work?: () => void } => {
    const formal = faultsOf(set.type, set.segments);
    if (set.codes.length > 0 || formal.length > 0) return { set, faults: formal };
    const knowledge = { warehouse: code, item: books.item };
    const read =
      set.type === '940' ? orderRequestOf(set.segments, knowledge) : noticeRequestOf(set.segments, knowledge);
    if (read.faults.length > 0) return { set, faults: read.faults };
    const { request } = read;
    const objection = warehouse.objectionTo(request);
    if (objection) return { set, faults: [againstHead(set, objection)] };
    const atOnce = faults['945BeforeAck'] === true;
    return {
      set,
      faults: [],
      work: () => (request.kind === 'order' ? warehouse.take(request, atOnce) : warehouse.expect(request)),
    };
  };

  const takeGroup = (group: ReceivedGroup, file: string): void => {
    if (group.functional === 'FA') {
      takeAcknowledgements(group, file);
      return;
    }
    // One after the other: the second order of a number in one group is refused for the first.
    const judged = group.sets.map((set) => {
      const each = judge(set);
      if (group.codes.length === 0) each.work?.();
      for (const fault of each.faults)
        complaints.push({ file, what: `${set.type} ${set.control}: ${wordsOf(fault)}` });
      if (set.codes.length > 0)
        complaints.push({ file, what: `${set.type} ${set.control}: 718 ${set.codes.join(', ')}` });
      return each;
    });
    if (group.codes.length > 0)
      complaints.push({ file, what: `group ${group.control}: 716 ${group.codes.join(', ')}` });
    answer(acknowledgementOf(group, judged));
  };

  const takeAcknowledgements = (group: ReceivedGroup, file: string): void => {
    for (const set of group.sets) {
      const isWrong = group.codes.length > 0 || isRefused({ set, faults: [] });
      if (isWrong) {
        const codes = [...group.codes, ...set.codes].join(', ');
        complaints.push({ file, what: `${set.type} ${set.control} is not taken: ${codes}` });
        continue;
      }
      for (const each of answersOf(set)) {
        if (!outbox.note(each)) {
          complaints.push({
            file,
            what: `${each.by} about group ${each.group}, document ${each.document ?? 'all'}: no such document waits`,
          });
        }
      }
    }
  };

  const take = (file: string, bytes: Buffer): void => {
    const received = receive(bytes, { sender, receiver, usedControls });
    if (received.kind === 'unreadable') {
      complaints.push({ file, what: received.what });
      return;
    }
    if (received.kind === 'refused') {
      complaints.push({ file, what: `interchange ${received.control}: ${received.code}, ${received.what}` });
      // Real warehouses do not all say so; the hub must not rely on it.
      answer(interchangeAnswerOf(received, received.code));
      return;
    }
    usedControls.add(received.control);
    if (received.asksForTa1) answer(interchangeAnswerOf(received, '000'));
    for (const each of received.answers) {
      if (!outbox.note(answerOfTa1(each)))
        complaints.push({ file, what: `TA1 about ${elementOf(each, 1)}: no such interchange` });
    }
    for (const group of received.groups) takeGroup(group, file);
  };

  return {
    collect: () => {
      let taken = 0;
      for (const name of server.list(FOLDER)) {
        const bytes = UNFINISHED.test(name) ? undefined : server.files().get(`${FOLDER}/${name}`);
        if (bytes === undefined) continue;
        taken += 1;
        const content = Buffer.from(bytes);
        server.put(archivePathOf(server, name), content);
        server.remove(`${FOLDER}/${name}`);
        try {
          take(name, content);
        } catch (error) {
          complaints.push({ file: name, what: error instanceof Error ? error.message : String(error) });
        }
      }
      return taken;
    },
    complaints: () => [...complaints],
    setFaults: (next) => {
      faults = next;
    },
  };
}

function archivePathOf(server: SftpServer, name: string): string {
  const files = server.files();
  let path = `${ARCHIVE}/${name}`;
  for (let copy = 2; files.has(path); copy += 1) path = `${ARCHIVE}/${copy}_${name}`;
  return path;
}

const POSITION_OF_HEAD = 2;

function againstHead(
  { segments }: ReceivedSet,
  {
    element,
    reference,
    code,
  }: { readonly element: number; readonly reference: string; readonly code: string },
): SegmentFault {
  const head = segments[1];
  const value = elementOf(head, element);
  return {
    tag: elementOf(head, 0),
    position: POSITION_OF_HEAD,
    code: '8',
    elements: [{ position: element, reference, code, value }],
  };
}

const wordsOf = ({ tag, position, code, elements }: SegmentFault): string =>
  [
    `${tag} at ${position}: 720 ${code}`,
    ...elements.map((fault) => `element ${fault.position}: 723 ${fault.code} ${JSON.stringify(fault.value)}`),
  ].join(', ');
