import { compactVerify, errors } from 'jose';
import { parseObject } from '../answer.js';
import type { StepUpClaims } from '../types.js';
import { NO_TOKEN, readClaims } from './claims.js';
import { InvalidToken } from './errors.js';
import { isBytes } from './jwks.js';
import type { Keys } from './keys.js';

/** Beyond every token of the service. */
const LONGEST_TOKEN = 8 << 10;

const TOKEN_TYPE = 'step-up+jwt';

/** Finds the key of a kid, or throws. */
export type FindKey = (kid: string) => ReturnType<Keys['find']>;

/** What a token says if one of the service's keys signed it. The library looks at form and signature alone; claims are checked here, by name. */
export async function readToken(token: unknown, find: FindKey): Promise<StepUpClaims> {
  if (!isCompact(token)) throw new InvalidToken('form', NO_TOKEN);
  try {
    const { payload } = await compactVerify(token, (header) => find(keyId(header)), { algorithms: ['ES256'] });
    return readClaims(parseObject(new TextDecoder().decode(payload)));
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    if (error instanceof errors.JWSSignatureVerificationFailed) throw new InvalidToken('signature', 'is not that of the key it names, so that the token was changed or forged');
    throw new InvalidToken('form', NO_TOKEN); // its own words quote the header
  }
}

/** Whether a text has parts of base64url, each in its one spelling. The library would take others, and whitespace; it wants three. */
function isCompact(token: unknown): token is string {
  return typeof token === 'string' && token.length <= LONGEST_TOKEN && token.split('.').every((part) => isBytes(part));
}

/**
 * A header's kid. A header with any further member is refused: the service writes three, "crit" would have to be
 * understood (RFC 7515, section 4.1.11), and jku, x5u and jwk name keys of the sender's choice (RFC 8725, section 3.10).
 * A kid is a thumbprint (RFC 7638); another text is no reason to ask for keys.
 */
function keyId(header: object): string {
  const { typ, kid } = header as Record<string, unknown>;
  if (Object.keys(header).length !== 3 || typ !== TOKEN_TYPE || !isBytes(kid, 32)) throw new InvalidToken('form', NO_TOKEN);
  return kid;
}
