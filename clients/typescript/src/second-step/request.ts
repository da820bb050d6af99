import type { Decision } from '../types.js';
import type { Login } from './login.js';

const LONGEST_BODY = 4 << 10;

/** The answer to what is no POST of a page of the host's own; undefined for one that is. */
export function refusalOf(request: Request): Response | undefined {
  if (request.method !== 'POST') return answer(405, { message: 'Method Not Allowed' }, { Allow: 'POST' });
  return isSameOrigin(request) ? undefined : refuse(403);
}

/** With POST, browsers send one of the two headers (Fetch, append a request Origin header): who sends neither is refused. */
function isSameOrigin({ headers, url }: Request): boolean {
  const site = headers.get('Sec-Fetch-Site');
  if (site) return site === 'same-origin';
  const origin = headers.get('Origin') ?? '';
  return URL.canParse(origin) && new URL(origin).host !== '' && new URL(origin).host === new URL(url).host;
}

/** What comes with a token; undefined where it cannot be read. An empty body asks for nothing. */
export async function readProof(request: Request): Promise<{ remember: boolean } | undefined> {
  const text = await request.text();
  if (text.length > LONGEST_BODY) return undefined;
  try {
    const { remember_browser: remember = false } = JSON.parse(text || '{}');
    return typeof remember === 'boolean' ? { remember } : undefined;
  } catch {
    return undefined;
  }
}

const MESSAGES: Record<number, string> = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 503: 'Service Unavailable' };

/** Answers with a status and nothing that tells more: the screen has words for each, and the log has the reason. */
export const refuse = (status: number): Response => answer(status, { message: MESSAGES[status] });

/** Answers in JSON that nobody keeps. */
export function answer(status: number, body: object | null, headers?: HeadersInit): Response {
  const all = new Headers(headers);
  all.set('Cache-Control', 'no-store');
  if (body) all.set('Content-Type', 'application/json');
  return new Response(body && JSON.stringify(body), { status, headers: all });
}

/** What the screen is told with a ticket. No browser is offered to be remembered where none can be. */
export function granted(login: Login, decision: Decision, remembers: boolean): object {
  const { decision: outcome, ticket, reason, enroll_by: enrollBy, remember_browser_days: days } = decision;
  return {
    outcome, user_id: login.userId, ticket, reason, ...(remembers && days && { remember_browser_days: days }), ...(enrollBy && { enroll_by: enrollBy }),
  };
}
