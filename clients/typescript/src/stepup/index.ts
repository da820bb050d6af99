/**
 * Checks step-up tokens: what Countersign signs when a user has just proven a second factor, and what a host opens a
 * session or allows a dangerous action for.
 *
 * What a token states means nothing to a host until it was compared with what the host knew before it looked at the
 * token: whose session this is, and what is to be allowed. So there is no way here to read a token without an
 * {@link Expect}.
 *
 * The check is offline: a token counts as often as it is shown until it expires, at most five minutes after it was
 * signed, and that a user was deactivated meanwhile is not noticed. Where it must count once, or for something that
 * cannot be undone, spend it: `spentBy`, or `consumeToken` of the client.
 */
export type { StepUpClaims } from '../types.js';
export { ACR_PHISHING_RESISTANT, ACR_RECOVERY, ACR_SECOND_FACTOR, ACR_TWO_FACTORS, LEEWAY_SECONDS } from './claims.js';
export { InvalidToken, KeysUnavailable, Mismatch } from './errors.js';
export type { Expect } from './expect.js';
export { admit, claimsOf, DEFAULT_HEADER, type Expected, type GuardOptions, type Spender } from './guard.js';
export { FETCH_EVERY_MS, FRESH_FOR_MS, KEPT_FOR_MS } from './keys.js';
export { type FetchOptions, guardStepUp, type NodeOptions, type NodeRequest, type NodeResponse, requireStepUp } from './middleware.js';
export { Refusal, Spent, Undecided } from './refusal.js';
export { createVerifier, type Verifier, type VerifierOptions } from './verifier.js';
