// Files that a partner, or a person for it, hands in over HTTP: POST /files/<connection>?name=<file name> with the partner's
// token. The answer says what was found, document by document; the acknowledgement goes its usual way.
import express, { type Request, type Response, type Router } from 'express';
import { ERRORS, type ErrorCode, errorReason, StockbridgeError } from '../core/errors.ts';
import { isPlainText } from '../core/vocabulary/text.ts';
import type { ReceivedAnswer } from '../workers/exchange.ts';
import type { LiveConnection } from '../workers/hub.ts';

export const FILES = '/files/';

export interface FileIntake {
  readonly connections: readonly LiveConnection[];
  readonly maxBodyBytes: number;
  /** Takes a file as the exchange does. */
  receive(live: LiveConnection, file: { name: string; bytes: Buffer }): Promise<ReceivedAnswer>;
}

export function fileRoutes(intake: FileIntake): Router {
  const byName = new Map(
    intake.connections.flatMap((live) => (live.connection.files ? [[live.name, live] as const] : [])),
  );
  const router = express.Router();
  router.post(
    '/:connection',
    (request, response, next) => {
      const live = byName.get(request.params.connection ?? '');
      const token = /^Bearer (\S+)$/.exec(request.get('authorization') ?? '')?.[1];
      // One answer for a wrong name and a wrong token: nobody learns here which partners there are.
      if (!live?.connection.files?.admits?.(token ?? '')) return problem(response, 'signature_invalid');
      response.locals.live = live;
      next();
    },
    express.raw({ type: () => true, limit: intake.maxBodyBytes }),
    (request, response) => void take(intake, request, response),
  );
  router.use((error: unknown, _request: Request, response: Response, next: (error?: unknown) => void) => {
    if (typeof error === 'object' && error !== null && 'type' in error && error.type === 'entity.too.large')
      return problem(response, 'body_too_large');
    next(error);
  });
  return router;
}

async function take(intake: FileIntake, request: Request, response: Response): Promise<void> {
  const live = response.locals.live as LiveConnection;
  const name = typeof request.query.name === 'string' ? request.query.name : '';
  if (name === '' || name.length > 200 || !isPlainText(name) || /[/\\]/.test(name))
    return problem(response, 'content_invalid', 'name the file with ?name=, without folders');
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  try {
    const answer = await intake.receive(live, { name, bytes });
    response.status(answer.outcome === 'stored' ? 201 : 200).json(answerOf(answer));
  } catch (error) {
    if (error instanceof StockbridgeError) return problem(response, error.code, error.message);
    problem(response, 'database_unavailable', errorReason(error));
  }
}

const answerOf = (answer: ReceivedAnswer): object =>
  answer.outcome === 'duplicate'
    ? answer
    : {
        outcome: answer.outcome,
        file: answer.file,
        complete: answer.reading.complete,
        findings: answer.reading.findings,
        documents: answer.reading.documents.map(({ type, number, usable, findings }) => ({
          type,
          number,
          usable,
          findings,
        })),
      };

function problem(response: Response, code: ErrorCode, detail?: string): void {
  const { status, help } = ERRORS[code];
  response
    .status(status)
    .type('application/problem+json')
    .json({ title: code, status, detail: detail ?? help });
}
