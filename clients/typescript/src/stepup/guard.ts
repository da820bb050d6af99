import { CountersignProblem } from '../problem.js';
import type { StepUpClaims } from '../types.js';
import type { Expect } from './expect.js';
import { Refusal, Spent, Undecided } from './refusal.js';
import type { Verifier } from './verifier.js';

/** Where the token is looked for unless `tokenFrom` says otherwise. */
export const DEFAULT_HEADER = 'Step-Up-Token';

/** What spends tokens: a client of `@countersign/client`. */
export interface Spender {
  consumeToken(token: string): Promise<unknown>;
}

/** What guards of every kind may be told. */
export interface GuardOptions<R> {
  /** Looks for the token elsewhere, such as in a cookie of the host's. Never in a URL: those are logged. */
  tokenFrom?: ((request: R) => string | null | undefined) | undefined;
  /**
   * Spends each token that is admitted, so that it counts once, and so that a user who was deactivated or changed factors
   * since is refused. It asks the service; while that cannot answer nothing is admitted.
   */
  spentBy?: Spender | undefined;
}

/** What the host expects of a request, by its own session, never by what the browser sent. */
export type Expected<R> = (request: R) => Expect | Promise<Expect>;

const admitted = new WeakMap<object, StepUpClaims>();

/** The claims that a guard verified for this very request; undefined where none did. */
export const claimsOf = (request: object): StepUpClaims | undefined => admitted.get(request);

/**
 * Lets a request through that carries a token for what it is about, or says why not. It is what middleware is made of.
 * It rejects where the host's own functions do.
 */
export async function admit(
  verifier: Verifier, request: object, token: string | null | undefined, expect: Expect, spentBy?: Spender,
): Promise<Refusal | undefined> {
  try {
    const claims = await verifier.verify(token, expect);
    if (spentBy) await spend(spentBy, token!);
    admitted.set(request, claims);
    return undefined;
  } catch (error) {
    const refusal = Refusal.of(error, expect);
    if (!refusal) throw error;
    return refusal;
  }
}

/** Tells what is wrong with a token from what is wrong with the service. */
async function spend(spender: Spender, token: string): Promise<void> {
  try {
    await spender.consumeToken(token);
  } catch (cause) {
    const code = cause instanceof CountersignProblem ? cause.code : '';
    if (code === 'token_consumed' || code === 'token_invalid') throw new Spent('stepup: the token is spent, or void since', { cause });
    throw new Undecided('stepup: the token could not be spent', { cause });
  }
}
