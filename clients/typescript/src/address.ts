/** Whether a text is the address of a service: http or https, and nothing in it but a host and a path. */
export function isAddress(text: unknown): text is string {
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && !username && !password && !/[?#\s]/.test(text);
}
