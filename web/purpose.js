/** What the tokens of a screen are for, as its attributes say. Browsers hide an attribute `nonce`. @param {HTMLElement} screen */
export function purposeOf(screen) {
  /** @type {import('./client.js').Purpose} */
  const purpose = {};
  for (const [name, attribute] of ATTRIBUTES) {
    const value = screen.getAttribute(attribute);
    if (value) purpose[name] = value;
  }
  return purpose;
}

const ATTRIBUTES = /** @type {const} */ ([['audience', 'audience'], ['action', 'action'], ['nonce', 'token-nonce']]);

/** Has another screen earn its tokens for the same. @param {HTMLElement} from @param {HTMLElement} to */
export function sharePurpose(from, to) {
  for (const [, attribute] of ATTRIBUTES) {
    const value = from.getAttribute(attribute);
    if (value) to.setAttribute(attribute, value);
  }
}
