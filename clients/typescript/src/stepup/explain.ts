import type { StepUpClaims } from '../types.js';

/** Says of a claim what was found, what was expected, and what to do. It is for the host's log. */
export type Explanation = () => string;

const quoted = (value: string | undefined) => JSON.stringify(value ?? '');

/** Quotes what was found: only for claims that name neither a person nor a session. */
export const differs = (found: string | undefined, expected: string | undefined, remedy: string): Explanation =>
  () => `is ${quoted(found)}, expected ${quoted(expected)}; ${remedy}`;

export const missing: Explanation = () => 'is missing or of another type than in every token of the service; is it a token of it?';

/** For what binds a token to a person, a session or an occasion, which stays out of logs. */
export const another = (found: string | undefined, expected: string | undefined, field: string, source: string): Explanation => () => {
  if (!expected) return `is there, and no ${field} is expected; give ${source} and the verifier the same`;
  if (!found) return `is missing, and a ${field} is expected; give ${source} the same ${field}`;
  return `is not the ${field} that is expected; give ${source} and the verifier the same, of the host's own session`;
};

const secondsSince = (at: number, now: number) => Math.floor(now / 1000) - at;

export const yetToCome = (at: number, now: number, leeway: number): Explanation =>
  () => (at > 0 ? `is ${-secondsSince(at, now)} s ahead of this clock, expected at most ${leeway} s; set the clocks of both machines right` : missing());

export const over = (end: number, now: number, longestLife: number): Explanation => () => {
  const ago = secondsSince(end, now);
  if (end > 0 && ago >= 0) return `was ${ago} s ago, expected to come; have it proven again, and the clocks of both machines right`;
  return `is not at most ${longestLife} s after iat and nbf, as in every token of the service`;
};

export const tooOld = (at: number, now: number, maxAge: number): Explanation =>
  () => `is ${secondsSince(at, now)} s ago, expected at most ${maxAge} s; have it proven again, or set maxAgeSeconds`;

export const contradicts = ({ acr, amr, method }: StepUpClaims): Explanation =>
  () => `are ${quoted(acr)}, ${JSON.stringify(amr)} and ${quoted(method)}, expected such as the contract lists; is this client older than the service?`;
