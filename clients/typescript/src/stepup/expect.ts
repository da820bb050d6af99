import type { StepUpClaims } from '../types.js';
import { ACR_PHISHING_RESISTANT, ACR_RECOVERY, ACR_SECOND_FACTOR, ACR_TWO_FACTORS, broken, LONGEST_LIFE } from './claims.js';
import { Mismatch } from './errors.js';
import { another, differs, tooOld } from './explain.js';

/**
 * What the host knows before it looks at a token. The first four are compared exactly: a token that states a session, a
 * nonce or an action is refused where none is expected, and the other way round.
 */
export interface Expect {
  /** Whose session this is. Empty matches nobody. */
  userId: string;
  /** What the host gave when it asked for the decision, the ticket or the verification. */
  sessionId?: string | undefined;
  nonce?: string | undefined;
  action?: string | undefined;
  /**
   * Which assurance will do, any of these; {@link ACR_TWO_FACTORS} unless set, with which a passkey will do too.
   * {@link ACR_PHISHING_RESISTANT} alone takes nothing else. A login by recovery code needs {@link ACR_RECOVERY} among them.
   */
  acr?: readonly string[] | undefined;
  /** How long ago the proof may be; 300 unless set, beyond which no token lives. */
  maxAgeSeconds?: number | undefined;
}

function acrOf({ acr }: Expect): readonly string[] {
  if (acr === undefined) return [ACR_TWO_FACTORS];
  if (!Array.isArray(acr)) throw new TypeError('stepup: acr must be a list'); // a text would be searched for parts
  return acr.length > 0 ? acr : [ACR_TWO_FACTORS];
}

/** Whether an assurance will do. A passkey is more than a code. */
function accepts(expect: Expect, acr: string): boolean {
  const wanted = acrOf(expect);
  return wanted.includes(acr) || (acr === ACR_PHISHING_RESISTANT && wanted.includes(ACR_TWO_FACTORS));
}

const maxAgeOf = ({ maxAgeSeconds = LONGEST_LIFE }: Expect): number => maxAgeSeconds;

/** Throws for the first claim that is not what was expected. @param now in milliseconds */
export function checkExpected(c: StepUpClaims, expect: Expect, now: number): void {
  const missed = broken([
    ['sub', c.sub === expect.userId, another(c.sub, expect.userId, 'userId', 'the decision')], // never empty in a token that is valid
    ['session_id', (c.session_id ?? '') === (expect.sessionId ?? ''), another(c.session_id, expect.sessionId, 'sessionId', 'the decision or the ticket')],
    ['nonce', (c.nonce ?? '') === (expect.nonce ?? ''), another(c.nonce, expect.nonce, 'nonce', 'verify')],
    ['action', (c.action ?? '') === (expect.action ?? ''), differs(c.action, expect.action, 'give the decision, or verify, and the verifier the same action')],
    ['acr', accepts(expect, c.acr), differs(c.acr, acrOf(expect).join(' or '), 'name it in acr where it will do')],
    ['auth_time', now - c.auth_time * 1000 <= maxAgeOf(expect) * 1000, tooOld(c.auth_time, now, maxAgeOf(expect))],
  ]);
  if (missed) throw new Mismatch(...missed);
}

/**
 * The WWW-Authenticate that asks for such a token (RFC 9470, section 3), the most wanted acr first. It names none that is
 * not one: those are the host's to spell, and would go into a header as they are.
 */
export function challengeOf(expect: Expect): string {
  const values = [ACR_PHISHING_RESISTANT, ACR_TWO_FACTORS, ACR_SECOND_FACTOR, ACR_RECOVERY].filter((acr) => acrOf(expect).includes(acr));
  const asked = values.length > 0 ? `, acr_values="${values.join(' ')}"` : '';
  const age = Math.floor(Math.min(Math.max(0, maxAgeOf(expect)), Number.MAX_SAFE_INTEGER)) || 0;
  return `Bearer error="insufficient_user_authentication", error_description="A fresh proof of the second factor is required"${asked}, max_age=${age}`;
}
