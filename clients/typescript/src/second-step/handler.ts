import { browserCookie, type BrowserCookieOptions, readBrowserCookie } from '../browser-cookie.js';
import type { Countersign } from '../client.js';
import { ACR_RECOVERY, ACR_TWO_FACTORS, DEFAULT_HEADER, KeysUnavailable, InvalidToken, Mismatch, type Verifier } from '../stepup/index.js';
import type { Decision, StepUpClaims } from '../types.js';
import { browserName } from './browser-name.js';
import { Conflict, firstFactorOf, type Handler, inConsole, type Log, type Login, type Opened, type Passed } from './login.js';
import { answer, granted, readProof, refusalOf, refuse } from './request.js';

type Service = Pick<Countersign, 'decide' | 'rememberBrowser'>;
type Maybe<T> = T | Promise<T>;

/** What a host says of its login. */
export interface SecondStepOptions<C> {
  /** With a key of the scope login. */
  service: Service;
  verifier: Pick<Verifier, 'verify'>;
  /** The login whose password was right and whose session is not open yet, from the host's session. */
  pending: (request: Request, context: C) => Maybe<Login | null | undefined>;
  /**
   * Opens the session, under a new session id or cookie. A {@link Conflict} is told to the person; with any other error the
   * session is taken for not open, and they may try again.
   */
  open: (request: Request, passed: Passed, context: C) => Maybe<Opened | void>;
  /** Remembers browsers, where the policy does and the person asks for it; none unless set. `{}` is good for https. */
  browser?: BrowserCookieOptions | undefined;
  /** In the console unless set. */
  log?: Log | undefined;
}

/** Serves the second step of a login, by the last segment of the path: `ticket` and `second-step`. */
export function createSecondStep<C = unknown>(options: SecondStepOptions<C>): Handler<C> {
  const step = new SecondStep(options);
  return (request, context) => step.serve(request, context as C);
}

class SecondStep<C> {
  readonly #options: SecondStepOptions<C>;
  readonly #log: Log;

  constructor(options: SecondStepOptions<C>) {
    this.#options = options;
    this.#log = options.log ?? inConsole;
  }

  async serve(request: Request, context: C): Promise<Response> {
    const route = new URL(request.url).pathname.split('/').at(-1);
    if (route !== 'ticket' && route !== 'second-step') return refuse(404);
    const refused = refusalOf(request);
    if (refused) return refused;
    let login: Login | null | undefined;
    try {
      login = await this.#options.pending(request, context);
    } catch (error) {
      return this.#unavailable('second step: pending failed', error);
    }
    if (!login) return refuse(401);
    if (!login.userId || !login.sessionId) return this.#unavailable('second step: pending gave a login without userId or sessionId');
    return route === 'ticket' ? this.#ticket(request, login, context) : this.#proof(request, login, context);
  }

  /** Says what is asked of the user, and opens the session where that is nothing. */
  async #ticket(request: Request, login: Login, context: C): Promise<Response> {
    let decision: Decision;
    try {
      decision = await this.#decide(request, login);
    } catch (error) {
      return this.#unavailable('second step: no decision', error);
    }
    const cookie = this.#options.browser && browserCookie(decision, this.#options.browser);
    const kept = new Headers(cookie ? { 'Set-Cookie': cookie } : {});
    switch (decision.decision) {
      case 'allow':
        return this.#open(request, { ...login, decision }, context, kept, { outcome: 'allow' });
      case 'challenge':
      case 'enroll':
        return answer(200, granted(login, decision, this.#options.browser !== undefined), kept);
      case 'deny':
        return refuse(403);
      default:
        return this.#unavailable('second step: the decision is none that this version knows');
    }
  }

  #decide(request: Request, login: Login): Promise<Decision> {
    const { service, browser } = this.#options;
    const remembered = browser && readBrowserCookie(request.headers.get('Cookie'), browser);
    return service.decide({
      user_id: login.userId, session_id: login.sessionId, first_factor: firstFactorOf(login), ...(remembered && { remembered_browser: remembered }),
    });
  }

  /** Opens the session for a token of this user and this session. */
  async #proof(request: Request, login: Login, context: C): Promise<Response> {
    const asked = await readProof(request);
    if (!asked) return refuse(400);
    const token = request.headers.get(DEFAULT_HEADER) ?? '';
    let claims: StepUpClaims;
    try {
      claims = await this.#options.verifier.verify(token, { userId: login.userId, sessionId: login.sessionId, acr: [ACR_TWO_FACTORS, ACR_RECOVERY] });
    } catch (error) {
      if (!(error instanceof InvalidToken || error instanceof Mismatch)) return this.#unavailable('second step: a proof cannot be checked', error);
      this.#log('second step: a login was not finished', error);
      return refuse(403);
    }
    const opened = await this.#open(request, { ...login, claims }, context);
    if (opened.ok && asked.remember) await this.#remember(request, login, token, opened);
    return opened;
  }

  async #open(request: Request, passed: Passed, context: C, headers: HeadersInit = {}, body: object | null = null): Promise<Response> {
    try {
      const opened = (await this.#options.open(request, passed, context)) ?? {};
      const all = new Headers(opened.headers);
      for (const [name, value] of new Headers(headers)) all.append(name, value);
      const told = opened.next ? { ...body, next: opened.next } : body;
      return answer(told ? 200 : 204, told, all);
    } catch (error) {
      if (error instanceof Conflict) return answer(409, { message: error.message }, headers);
      return this.#unavailable('second step: the session was not opened', error);
    }
  }

  /** Has the browser of a login that was proven remembered. The login stands whatever comes of it. */
  async #remember(request: Request, { userId }: Login, token: string, opened: Response): Promise<void> {
    const { service, browser } = this.#options;
    if (!browser) return;
    try {
      const issued = await service.rememberBrowser(userId, token, browserName(request.headers.get('User-Agent') ?? ''));
      const cookie = browserCookie(issued, browser);
      if (cookie) opened.headers.append('Set-Cookie', cookie);
    } catch (error) {
      this.#log('second step: a browser is not remembered', error);
    }
  }

  #unavailable(message: string, error?: unknown): Response {
    this.#log(message, error instanceof KeysUnavailable ? error.message : error);
    return refuse(503);
  }
}
