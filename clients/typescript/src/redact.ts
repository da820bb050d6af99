/** Members of answers that let somebody in, or help to. */
const SECRETS = ['ticket', 'step_up_token', 'recovery_codes', 'secret', 'otpauth_uri', 'qr_png', 'qr_svg', 'code', 'previous', 'next'];

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** Prints as a text says, in every way that Node has, and as JSON. */
export function printsAs<T extends object>(value: T, text: string): T {
  for (const name of ['toString', 'toJSON', INSPECT]) Object.defineProperty(value, name, { value: () => text });
  return value;
}

/**
 * What holds a secret prints without it, as in a log. Its JSON is whole: that is how it reaches a browser, and a copy of
 * it prints whole too.
 */
export function discreet<T>(answer: T): T {
  if (typeof answer !== 'object' || answer === null) return answer;
  const hidden = SECRETS.filter((name) => name in answer);
  if (hidden.length === 0) return answer;
  const shown = () => ({ ...answer, ...Object.fromEntries(hidden.map((name) => [name, '[redacted]'])) });
  return Object.defineProperty(answer, INSPECT, { value: shown });
}
