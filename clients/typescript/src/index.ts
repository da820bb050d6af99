/**
 * What a host's backend and its pages embed to leave the second step of a login to Countersign.
 *
 * A client fails closed: with any error {@link Countersign.decide} rejects, and the login fails with a message to try
 * again. No timeout, no broken connection, no page of a proxy and no answer that this version does not know becomes
 * `allow`. A host that lets users in because the second step is unreachable has no second step.
 *
 * A service key of the scope login carries a login and all that users do for themselves. putUser, deleteUser and
 * importUsers take the scope directory, importFactors the scope migration. Tickets of the purpose admin, what somebody
 * does to another user, the policy and the audit trail take the scope admin; listing users takes admin or directory. So
 * the backend that logs people in has a client with a key of the scope login alone.
 *
 * A call is sent once more, after a lost connection or a 503, where that is safe: when it only reads or decides, when it
 * says the same again, and when it proves a code, for which it carries an Idempotency-Key. All others are sent once.
 */
export { browserCookie, type BrowserCookieOptions, DEFAULT_BROWSER_COOKIE, readBrowserCookie } from './browser-cookie.js';
export type { CallOptions } from './call.js';
export { type Countersign, type CountersignOptions, createCountersign, DEFAULT_TIMEOUT_MS } from './client.js';
export type { components, operations, paths } from './contract.js';
export type { Credential } from './credential.js';
export type { Seen } from './policy.js';
export { CountersignProblem, NoAnswerError } from './problem.js';
export type * from './types.js';
