// What the warehouse writes into /out: each document under control numbers of its own, the faults of its file transfer on
// request, and what the hub answered to each. Decides nothing about stock.
import type { Agenda } from './agenda.ts';
import type { Faults } from './inputs.ts';
import type { SftpServer } from './sftp-server.ts';
import type { Answer, Verdict } from './x12/acknowledge.ts';
import type { Controls, Draft, Writer, Written } from './x12/build.ts';

/** A document the hub has to acknowledge. */
export interface SentDocument {
  /** `945`. */
  readonly type: string;
  /** The warehouse's own number of it. */
  readonly number: string;
  readonly interchange: string;
  readonly group: string;
  readonly document: string;
  readonly file: string;
  /** When the file was written; absent while the warehouse is quiet. */
  readonly writtenAt?: Date;
  readonly state: 'waiting' | Verdict;
  /** What the hub found, as its answer has it. */
  readonly errors: readonly string[];
  /** `997`, `999` or `TA1`. */
  readonly answeredBy?: string;
}

export interface Outbox {
  /** Writes a document that the hub must acknowledge. */
  send(draft: Draft & { readonly number: string }): void;
  /** Writes an acknowledgement. */
  answer(draft: Draft): void;
  /** A document once more, right and with new control numbers; false when none has that number. */
  resend(number: string): boolean;
  /** Notes what the hub says of a document; false when it was never sent or is answered already. */
  note(answer: Answer): boolean;
  sent(): SentDocument[];
  setFaults(faults: Faults): void;
}

interface Kept {
  readonly draft: Draft & { readonly number: string };
  readonly controls: Controls;
  readonly file: string;
  writtenAt?: Date;
  answer?: Answer;
}

const FOLDER = '/out';
/** Between a file and its second copy. */
const AGAIN_AFTER_MS = 20;

export function startOutbox(parts: {
  readonly server: SftpServer;
  readonly writer: Writer;
  readonly agenda: Agenda;
  readonly now: () => Date;
}): Outbox {
  const { server, writer, agenda, now } = parts;
  const kept: Kept[] = [];
  let faults: Faults = {};
  let leftBeforeQuiet = Number.POSITIVE_INFINITY;
  let backlog: (() => void)[] = [];

  /** Now, or once the warehouse is no longer quiet. */
  const write = (work: () => void): void => {
    if (leftBeforeQuiet <= 0) {
      backlog.push(work);
      return;
    }
    leftBeforeQuiet -= 1;
    work();
  };

  const put = (path: string, bytes: Buffer, restAfterMs: number | undefined): void => {
    if (restAfterMs === undefined) {
      server.put(path, bytes);
      return;
    }
    const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
    server.put(path, half);
    agenda.after(restAfterMs, () => finish(path, half, bytes));
  };

  /** The rest follows the file to where it was moved, as a handle does; into a file that is gone it is lost. */
  const finish = (path: string, half: Buffer, bytes: Buffer): void => {
    const files = server.files();
    const isHalf = (at: string): boolean => files.get(at)?.equals(half) === true;
    const standsAt = isHalf(path) ? path : [...files.keys()].find(isHalf);
    if (standsAt !== undefined) server.put(standsAt, bytes);
  };

  const post = (
    draft: Kept['draft'],
    options: { controls?: Controls; with?: Faults; suffix?: string } = {},
  ): Kept => {
    const { controls = writer.nextControls(), with: given = {}, suffix = '' } = options;
    const file = `${draft.type}_${draft.number}_${controls.interchange}${suffix}.edi`;
    const built = writer.write(draft, controls, now(), given.wrongCounts === true ? 1 : 0);
    const bytes = given.mixedTerminators === true ? withMixedTerminators(built) : built;
    const entry: Kept = { draft, controls, file };
    kept.push(entry);
    write(() => {
      entry.writtenAt = now();
      put(`${FOLDER}/${file}`, bytes, given.partialUpload);
    });
    if (given.resendUnderAnotherName === true) {
      agenda.after(AGAIN_AFTER_MS, () =>
        write(() => server.put(`${FOLDER}/${file.replace('.edi', '_2.edi')}`, bytes)),
      );
    }
    return entry;
  };

  return {
    send: (draft) => {
      const given = faults.documents?.includes(draft.type as never) === false ? {} : faults;
      const { controls } = post(draft, { with: given });
      if (given.resendWithNewControl === true) agenda.after(AGAIN_AFTER_MS, () => void post(draft));
      if (given.resendSameControlOtherContent === true) {
        const other = { ...draft, segments: withOneUnitMore(draft.segments) };
        agenda.after(AGAIN_AFTER_MS, () => void post(other, { controls, suffix: '_3' }));
      }
    },
    answer: (draft) => {
      const controls = writer.nextControls();
      const bytes = writer.write(draft, controls, now());
      write(() => server.put(`${FOLDER}/${draft.type}_${controls.interchange}.edi`, bytes));
    },
    resend: (number) => {
      const entry = kept.find(({ draft }) => draft.number === number);
      if (entry) post(entry.draft);
      return entry !== undefined;
    },
    note: (answer) => {
      const isMeant = ({ controls }: Kept): boolean =>
        (answer.interchange === undefined || answer.interchange === controls.interchange) &&
        (answer.group === undefined || answer.group === controls.group) &&
        (answer.document === undefined || answer.document === controls.document);
      const open = kept.find((entry) => isMeant(entry) && entry.answer === undefined);
      // An accepted interchange says nothing yet of what is in it.
      if (!open) return answer.by === 'TA1' && answer.verdict !== 'rejected' && kept.some(isMeant);
      if (answer.by !== 'TA1' || answer.verdict === 'rejected') open.answer = answer;
      return true;
    },
    sent: () =>
      kept.map(({ draft, controls, file, writtenAt, answer }) => ({
        ...{ type: draft.type, number: draft.number, ...controls, file },
        ...(writtenAt && { writtenAt }),
        state: answer?.verdict ?? 'waiting',
        errors: answer?.errors ?? [],
        ...(answer && { answeredBy: answer.by }),
      })),
    setFaults: (next) => {
      faults = next;
      leftBeforeQuiet = next.quietAfter ?? Number.POSITIVE_INFINITY;
      const held = backlog;
      backlog = [];
      for (const work of held) write(work);
    },
  };
}

/** Every third segment behind the ISA ends with a line feed. */
function withMixedTerminators(bytes: Buffer): Buffer {
  const pieces = bytes.toString('utf8').split('~');
  const last = pieces.length - 1;
  const ends = pieces.map((piece, index) =>
    index === last ? piece : `${piece}${index % 3 === 2 ? '\n' : '~'}`,
  );
  return Buffer.from(ends.join(''), 'utf8');
}

/** Positions of the quantities that one unit more must change, so that the other content is as valid as the first. */
const QUANTITIES: Readonly<Record<string, readonly number[]>> = {
  W12: [2, 3],
  W07: [1],
  W19: [2],
  QTY: [2],
};
const TOTALS: Readonly<Record<string, readonly number[]>> = { W03: [1], W14: [1] };

function withOneUnitMore(segments: readonly Written[]): Written[] {
  const first = segments.findIndex(([tag = '']) => QUANTITIES[tag] !== undefined);
  return segments.map((segment, index) => {
    const [tag = ''] = segment;
    const positions = index === first ? QUANTITIES[tag] : TOTALS[tag];
    return positions === undefined
      ? segment
      : segment.map((element, at) => (positions.includes(at) ? String(Number(element) + 1) : element));
  });
}
