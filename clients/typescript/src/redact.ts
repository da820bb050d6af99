/** Members of answers that let somebody in, or help to. */
const SECRETS = ['ticket', 'step_up_token', 'recovery_codes', 'access_pass', 'api_key', 'secret', 'otpauth_uri', 'qr_png', 'qr_svg', 'code', 'previous', 'next'];

/** Those that are objects, and whatever is in them: what passes between the service and a browser about a passkey. */
const CEREMONY = ['creation_options', 'request_options', 'credential'];

const REDACTED = '[redacted]';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Prints as a text says, in every way that Node has, and as JSON. */
export function printsAs<T extends object>(value: T, text: string): T {
  for (const name of ['toString', 'toJSON', INSPECT]) Object.defineProperty(value, name, { value: () => text });
  return value;
}

/**
 * What holds a secret prints without it, as in a log, and so does each part of it. Its JSON is whole: that is how it
 * reaches a browser, and a copy of it prints whole too. Members of lists are left alone: the `code` in the errors of an
 * import is no secret, and no list has objects with one.
 */
export function discreet<T>(answer: T): T {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return answer;
  for (const part of Object.values(answer)) discreet(part);
  const members = answer as Record<string, unknown>;
  const hidden = [...SECRETS, ...CEREMONY].filter((name) => members[name] != null);
  if (hidden.length === 0) return answer;
  for (const name of CEREMONY) hide(members[name]);
  if (members['request_options'] != null) hidden.push('state'); // that of a factor is no secret
  const shown = () => ({ ...answer, ...Object.fromEntries(hidden.map((name) => [name, REDACTED])) });
  return Object.defineProperty(answer, INSPECT, { value: shown });
}

function hide(whole: unknown): void {
  if (typeof whole === 'object' && whole !== null) Object.defineProperty(whole, INSPECT, { value: () => REDACTED });
}
