import type { StepUpClaims } from '../types.js';
import { InvalidToken } from './errors.js';
import { contradicts, differs, type Explanation, missing, over, yetToCome } from './explain.js';

/** In seconds, how far the host's clock may be behind the service's where a token begins. Its end is exact. */
export const LEEWAY_SECONDS = 5;

/** In seconds, the most that the service gives a token. */
export const LONGEST_LIFE = 300;

/** A code of an app, on top of a first factor that the host stated. */
export const ACR_TWO_FACTORS = 'urn:countersign:acr:aal2';

/** A code of an app, alone. */
export const ACR_SECOND_FACTOR = 'urn:countersign:acr:second-factor';

/** A recovery code. */
export const ACR_RECOVERY = 'urn:countersign:acr:recovery';

/**
 * A passkey (OpenID Connect Extended Authentication Profile ACR Values 1.0). It serves wherever {@link ACR_TWO_FACTORS}
 * does. That it came on top of a first factor is in amr, as "mfa".
 */
export const ACR_PHISHING_RESISTANT = 'phr';

/** A claim, whether it holds, and what to say of it where it does not. */
export type Rule = readonly [claim: string, holds: boolean, why: Explanation];

/** The first claim that does not hold, and why. */
export function broken(rules: readonly Rule[]): [claim: string, why: string] | undefined {
  const first = rules.find(([, holds]) => !holds);
  return first && [first[0], first[2]()];
}

/** What is said of a text that is no token at all. */
export const NO_TOKEN = 'of a step_up_token is expected, as it came from verify or confirm; a ticket is none';

type Type = (value: unknown) => boolean;

const isText: Type = (value) => typeof value === 'string';
const isTime: Type = (value) => Number.isSafeInteger(value);
const isTexts: Type = (value) => Array.isArray(value) && value.every(isText);
const isAbsentOrText: Type = (value) => value === undefined || isText(value);

const TYPES: Record<keyof StepUpClaims, Type> = {
  iss: isText, aud: isText, sub: isText, tid: isText, client_id: isText, jti: isText, acr: isText, method: isText, amr: isTexts,
  iat: isTime, nbf: isTime, exp: isTime, auth_time: isTime, session_id: isAbsentOrText, nonce: isAbsentOrText, action: isAbsentOrText,
};

/** The claims of the contract, each of its type, and no others. */
export function readClaims(said: Record<string, unknown> | undefined): StepUpClaims {
  if (!said) throw new InvalidToken('form', NO_TOKEN);
  const names = Object.keys(TYPES).filter((name) => Object.hasOwn(said, name));
  const claims = Object.fromEntries(names.map((name) => [name, said[name]]));
  const wrong = broken(Object.entries(TYPES).map(([name, isOfType]) => [name, isOfType(claims[name]), missing]));
  if (wrong) throw new InvalidToken(...wrong);
  return claims as StepUpClaims;
}

/** Who tokens are believed of. */
export interface Believed {
  issuer: string;
  tenant: string;
  audience: string;
}

/** Throws for the first claim for which no host may believe the token. @param now in milliseconds */
export function checkClaims(c: StepUpClaims, { issuer, tenant, audience }: Believed, now: number): void {
  const hasBegun = (at: number) => at > 0 && at <= Math.floor(now / 1000) + LEEWAY_SECONDS;
  const wrong = broken([
    ['iss', c.iss === issuer, differs(c.iss, issuer, "set issuer to the service's COUNTERSIGN_ISSUER, and tenant to the tenant of the service key")],
    ['tid', c.tid === tenant, differs(c.tid, tenant, 'set tenant to the tenant of the service key')],
    ['aud', c.aud === audience, differs(c.aud, audience, 'set audience to the one that the token is asked for, or ask for this one')],
    ['sub', c.sub !== '', missing],
    ['client_id', c.client_id !== '', missing],
    ['jti', c.jti !== '', missing],
    ['iat', hasBegun(c.iat), yetToCome(c.iat, now, LEEWAY_SECONDS)],
    ['nbf', hasBegun(c.nbf), yetToCome(c.nbf, now, LEEWAY_SECONDS)],
    ['auth_time', hasBegun(c.auth_time), yetToCome(c.auth_time, now, LEEWAY_SECONDS)],
    ['exp', now < c.exp * 1000 && c.exp > c.iat && c.exp > c.nbf && c.exp - c.iat <= LONGEST_LIFE, over(c.exp, now, LONGEST_LIFE)],
    ['acr, amr and method', isAssured(c), contradicts(c)],
  ]);
  if (wrong) throw new InvalidToken(...wrong);
}

/**
 * Whether acr, amr and method say the same. The amr of a code is the host's first factor, "otp" and "mfa", or "otp"
 * alone; that of a passkey has "pop" instead, and "user" where its user was verified; a recovery code has no value in
 * RFC 8176, and its amr may be empty, but is there.
 */
function isAssured({ acr, amr, method }: StepUpClaims): boolean {
  const end = amr.findIndex((value) => value === '' || value === 'otp' || value === 'mfa');
  const hasFirst = end > 0;
  const rest = amr.slice(Math.max(end, 0)).join(' ');
  switch (acr) {
    case ACR_TWO_FACTORS:
      return method === 'totp' && hasFirst && rest === 'otp mfa';
    case ACR_SECOND_FACTOR:
      return method === 'totp' && !hasFirst && rest === 'otp';
    case ACR_RECOVERY:
      return (method === 'recovery_code' || method === 'access_pass') && (amr.length === 0 || (hasFirst && rest === 'mfa'));
    case ACR_PHISHING_RESISTANT:
      return method === 'passkey' && isOfPasskey(amr);
    default:
      return false;
  }
}

/** Whether an amr is a passkey's. It is read from its end: "pop" and "user" are names of first factors too. */
function isOfPasskey(amr: readonly string[]): boolean {
  const hasFirst = amr.at(-1) === 'mfa';
  const said = hasFirst ? amr.slice(0, -1) : amr;
  const own = said.at(-1) === 'user' ? 2 : 1;
  const first = said.slice(0, -own);
  return said.at(-own) === 'pop' && hasFirst === (first.length > 0) && !first.some((value) => value === '' || value === 'otp' || value === 'mfa');
}
