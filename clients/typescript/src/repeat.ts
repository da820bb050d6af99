import type { Operation } from './call.js';
import { CountersignProblem, NoAnswerError } from './problem.js';
import { within } from './within.js';

/** In seconds. Someone sits in front of it. */
const LONGEST_WAIT = 2;

/**
 * What a send says, or where it may be sent a second time, what the second one does. That is worth it where there was no
 * answer, and where there was one that says so: the service's 503, or a gateway's.
 */
export async function repeated<T>(operation: Operation, signal: AbortSignal | undefined, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!(operation.repeatable || operation.keyed) || !passing(error)) throw error;
    if (error instanceof CountersignProblem) await pause(error.retryAfterSeconds, signal);
    return send(); // nothing, where the caller left meanwhile
  }
}

/** Whether an error may be gone in a moment. */
function passing(error: unknown): boolean {
  if (error instanceof NoAnswerError) return true;
  if (!(error instanceof CountersignProblem) || error.retryAfterSeconds > LONGEST_WAIT) return false;
  return error.status === 503 || (error.code === '' && (error.status === 502 || error.status === 504));
}

/** Ends early where the caller leaves. */
async function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  const nothing = new Promise<never>(() => {});
  if (seconds > 0) await within(seconds * 1000, signal, () => nothing, () => undefined).catch(() => undefined);
}

/**
 * The header by which the service knows a repeated proof again: within 90 seconds it gets the first one's answer instead
 * of "already used". crypto.randomUUID is for secure contexts alone.
 */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
