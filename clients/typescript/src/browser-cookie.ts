import type { BrowserSecret, Decision, IssuedBrowser } from './types.js';

/**
 * The name of the cookie of a remembered browser. Browsers take the prefix only from the host itself, by https and for the
 * whole host, so that no neighbour under the same domain can plant one (RFC 6265bis, section 4.1.3.2).
 */
export const DEFAULT_BROWSER_COOKIE = '__Host-countersign-browser';

const INSECURE_COOKIE = 'countersign-browser';

/** Whatever is no secret is none to the service either, but for what it would refuse the decision for. */
const COULD_BE_A_SECRET = /^[\x21-\x7e]{1,512}$/;

/** How a host keeps the cookie. */
export interface BrowserCookieOptions {
  /** {@link DEFAULT_BROWSER_COOKIE} unless set. One with the prefix `__Host-` is not kept by browsers where `insecure` is set. */
  name?: string | undefined;
  /** For development by plain http: the cookie is not `Secure`, and its name has no prefix unless set. */
  insecure?: boolean | undefined;
}

/** Reads the secret that a request shows, for `remembered_browser` of a decision; undefined: none. It takes the header `Cookie`. */
export function readBrowserCookie(header: string | null | undefined, options: BrowserCookieOptions = {}): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at < 0 || pair.slice(0, at).trim() !== nameOf(options)) continue;
    const value = pair.slice(at + 1).trim();
    return COULD_BE_A_SECRET.test(value) ? value : undefined;
  }
  return undefined;
}

/**
 * The header `Set-Cookie` that makes a browser keep a secret: what `rememberBrowser` answered, or a decision, after each of
 * which undefined means that the browser keeps what it has. The cookie is first-party, hidden from scripts, and sent with no
 * request that another site makes but a followed link.
 *
 * Leave it where it is when somebody logs out: that ends a session, and the browser stays remembered for the next login,
 * which begins with the password. Who wants more forgets the browser, see `forgetRememberedBrowser`.
 */
export function browserCookie(issued: IssuedBrowser | Decision, options: BrowserCookieOptions = {}): string | undefined {
  const kept: BrowserSecret | undefined = 'decision' in issued ? issued.remembered_browser : issued;
  if (!kept) return undefined;
  const seconds = Math.max(0, Math.floor((Date.parse(kept.expires_at) - Date.now()) / 1000));
  return `${nameOf(options)}=${kept.secret}; Path=/; Max-Age=${seconds}; HttpOnly; ${options.insecure ? '' : 'Secure; '}SameSite=Lax`;
}

function nameOf({ name, insecure }: BrowserCookieOptions): string {
  return name ?? (insecure ? INSECURE_COOKIE : DEFAULT_BROWSER_COOKIE);
}
