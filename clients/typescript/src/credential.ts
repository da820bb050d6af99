/**
 * What calls are made with. A ticket, in a browser; a service key (`csk_...`) or an operator
 * key (`cso_...`), on a server alone; or a function that
 * gives one, which is asked when the first call is made, and once more whenever the service no longer takes what it gave.
 */
export type Credential = string | (() => string | Promise<string>);

/** How service keys and operator keys begin. */
const KEY = /^cs[ko]_/;

/** Pages and their workers. What they know, whoever looks at them knows. */
const isBrowser = (): boolean => typeof (globalThis as { document?: unknown }).document === 'object' || 'importScripts' in globalThis;

/** Whether a text can stand in a header. Errors of the platform about one that cannot quote it. */
export const fitsHeader = (text: unknown): text is string => typeof text === 'string' && /^[\x21-\x7e]+$/.test(text);

function checked(text: unknown): string {
  if (!fitsHeader(text)) {
    throw new TypeError('countersign: the credential is empty or has blanks or line breaks in it; give a ticket, or a service key, which begins with csk_');
  }
  if (KEY.test(text) && isBrowser()) {
    throw new TypeError('countersign: a service key or operator key must never reach a browser, where everybody can read it; revoke this one, and give the browser a ticket');
  }
  return text;
}

/** The credential at hand. It is kept out of reach of whatever prints. */
export class Credentials {
  readonly #ask: (() => string | Promise<string>) | undefined;
  #kept: Promise<string> | undefined;

  constructor(credential: Credential) {
    if (typeof credential === 'function') this.#ask = credential;
    else this.#kept = Promise.resolve(checked(credential));
  }

  /** The one at hand. Callers who come while it is being asked for share the answer; a failure is nobody's but theirs. */
  current(): Promise<string> {
    return (this.#kept ??= this.#fetch());
  }

  /** Another one than the service refused; undefined where there is none. */
  async after(refused: string): Promise<string | undefined> {
    if (!this.#ask) return undefined;
    await this.forget(refused);
    const fresh = await this.current();
    return fresh === refused ? undefined : fresh;
  }

  /** Lets go of what the service refused, so that the next call asks. Of many who say so one makes the difference. */
  async forget(refused: string): Promise<undefined> {
    const kept = this.#kept;
    if (this.#ask && (await kept?.catch(() => '')) === refused && this.#kept === kept) this.#kept = undefined;
  }

  #fetch(): Promise<string> {
    const asked: Promise<string> = Promise.resolve().then(this.#ask).then(checked);
    asked.catch(() => {
      if (this.#kept === asked) this.#kept = undefined;
    });
    return asked;
  }
}
