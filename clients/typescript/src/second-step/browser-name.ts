/** The more special words come first: most browsers claim to be Chrome and Safari. */
const BROWSERS = [['Edg', 'Edge'], ['OPR', 'Opera'], ['Firefox', 'Firefox'], ['Chrome', 'Chrome'], ['Safari', 'Safari']] as const;
const SYSTEMS = [
  ['Android', ' on Android'], ['iPhone', ' on iPhone'], ['iPad', ' on iPad'], ['Windows', ' on Windows'], ['Mac OS', ' on a Mac'], ['Linux', ' on Linux'],
] as const;

/** What people call a browser, by the words that are in what it says of itself. */
export function browserName(agent: string): string {
  const named = (names: readonly (readonly [string, string])[]) => names.find(([word]) => agent.includes(word))?.[1];
  return (named(BROWSERS) ?? 'Browser') + (named(SYSTEMS) ?? '');
}
