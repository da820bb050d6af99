import { mediaType, parseObject } from './answer.js';
import type { ProblemCode, ProblemField } from './types.js';

const SOMETHING_ELSE = 'the answer is not one of Countersign, but of something in between';

/** What a {@link CountersignProblem} is made of. */
export type ProblemParts = Partial<Omit<CountersignProblem, keyof Error>> & { status: number };

/**
 * An answer that is not a success (RFC 9457). Branch on `code`. What stands between the host and the service may answer
 * too, even 200 with a page of its own: then `code` is empty, and the base URL may be wrong.
 */
export class CountersignProblem extends Error {
  override readonly name: string = 'CountersignProblem';
  /** The HTTP status; 0 for a redirect, which browsers hide. */
  readonly status: number;
  /** Stable; a newer service may say one that is not in the type. */
  readonly code: ProblemCode | '';
  /** For people, and may change. */
  readonly title: string;
  /** For people, and may change. */
  readonly detail: string;
  /** Names the request in the service's log. */
  readonly requestId: string;
  /** What exactly is malformed, with `invalid_request`. */
  readonly fields: readonly ProblemField[];
  /** How long to wait before the next try; 0: nothing was said. The `code_invalid` that begins a wait says it too. */
  readonly retryAfterSeconds: number;
  /** Of an import that ended early, up to which line everything has been decided. */
  readonly linesDone: number;
  /** The `after` to go on with, where the events after the one that was sent are kept no longer: with `events_pruned`. Else empty. */
  readonly oldestCursor: string;

  /** @param operation what was asked, for the message, which repeats nothing that was sent */
  constructor(operation: string, parts: ProblemParts) {
    const { status, code = '', detail = SOMETHING_ELSE, requestId = '' } = parts;
    super(`countersign: ${operation}: ${code ? `${code} (${status})` : status}: ${detail}${requestId && ` [request ${requestId}]`}`);
    this.status = status;
    this.code = code;
    this.title = parts.title ?? '';
    this.detail = detail;
    this.requestId = requestId;
    this.fields = parts.fields ?? [];
    this.retryAfterSeconds = parts.retryAfterSeconds ?? 0;
    this.linesDone = parts.linesDone ?? 0;
    this.oldestCursor = parts.oldestCursor ?? '';
  }
}

/**
 * A call got no answer: nothing listens, the connection broke, the time ran out, or the caller left. Whether a call that
 * changes something did so, nobody can tell. `cause` is the caller's reason, or a `TimeoutError`; what the network says
 * is in `reason` alone, since such errors may carry pieces of what was sent or answered.
 */
export class NoAnswerError extends Error {
  override readonly name: string = 'NoAnswerError';

  constructor(operation: string, readonly reason: string, options?: ErrorOptions) {
    super(`countersign: ${operation}: no answer (${reason})`, options);
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const count = (value: unknown): number => (Number.isSafeInteger(value) ? (value as number) : 0);

/** Reads an answer that is no success. */
export function problemOf(operation: string, response: Response, body: string | undefined): CountersignProblem {
  const { status, headers } = response;
  const asked = headers.get('Retry-After') ?? '';
  const wait = /^\d{1,9}$/.test(asked) ? Number(asked) : 0;
  const told = mediaType(headers) === 'application/problem+json' ? parseObject(body) : undefined;
  if (!text(told?.['code'])) return new CountersignProblem(operation, { status, retryAfterSeconds: wait });
  return new CountersignProblem(operation, {
    status,
    code: told?.['code'] as ProblemCode,
    title: text(told?.['title']),
    detail: text(told?.['detail']),
    requestId: text(told?.['request_id']),
    fields: Array.isArray(told?.['errors']) ? told['errors'] : [],
    retryAfterSeconds: wait || count(told?.['retry_after_seconds']),
    linesDone: count(told?.['lines_done']),
    oldestCursor: text(told?.['oldest_cursor']),
  });
}
