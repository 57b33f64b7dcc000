// What a partner says became of our files, and what that means for their orders. It reads no file and sends none.
import type { AcknowledgedDocument, FileReading } from '../connectors/toolkit/file-exchange.ts';
import type { Transaction } from '../core/database.ts';
import { acknowledge, type NamedDocument } from '../core/exchange/documents.ts';
import { takeAcceptance, takeRefusal } from '../core/fulfilment/changes.ts';

/** Notes what became of our documents, and what follows for their orders; answers the documents. With `awaited` only of those that wait for it. */
export async function takeAnswers(
  client: Transaction,
  connectionId: number,
  answers: readonly AcknowledgedDocument[],
  only: 'awaited' | 'any' = 'any',
): Promise<NamedDocument[]> {
  const about: NamedDocument[] = [];
  for (const each of answers) {
    const named = await acknowledge(client, connectionId, each, only);
    about.push(...named);
    const why = each.errors.join('; ') || 'refused without a reason';
    for (const { chain, fileId, onlyArrived } of named)
      if (each.verdict === 'rejected')
        await takeRefusal(client, connectionId, { number: chain, fileId }, why);
      else if (!onlyArrived) await takeAcceptance(client, connectionId, { number: chain, fileId });
  }
  return about;
}

/**
 * Takes a file whose bytes came before, under another name. Where an answer names an order and no file of ours, the same bytes may be
 * the answer to a change of it: they count for what waits for one. What names an envelope was said of that one before.
 */
export async function takeAnswersAgain(
  client: Transaction,
  connectionId: number,
  reading: FileReading,
): Promise<void> {
  for (const { usable, control, acknowledges } of reading.documents)
    if (usable && acknowledges && control.interchange === '')
      await takeAnswers(
        client,
        connectionId,
        acknowledges.filter((each) => !each.mayBeOld),
        'awaited',
      );
}
