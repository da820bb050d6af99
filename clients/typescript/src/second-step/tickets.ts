import type { Countersign } from '../client.js';
import { CountersignProblem } from '../problem.js';
import { firstFactorOf, type Handler, inConsole, type Log, type Login } from './login.js';
import { answer, granted, refusalOf, refuse } from './request.js';

/** What a host says of one page. */
export interface TicketsOptions<C> {
  /** With a key of the scope login; admin for the purpose `admin`. */
  service: Pick<Countersign, 'createTicket' | 'decide'>;
  purpose?: 'account' | 'admin' | undefined;
  /**
   * Instead of a purpose: asks for a decision on this action, and gives a ticket where that is a challenge, and nothing
   * otherwise: who has no second factor confirms nothing. The proof then goes to a route behind `guardStepUp` or `requireStepUp`.
   */
  action?: string | undefined;
  /** Who is logged in: undefined or null is nobody, 401; false is somebody who has no such page, 403. */
  user: (request: Request, context: C) => Login | false | null | undefined | Promise<Login | false | null | undefined>;
  /** In the console unless set. */
  log?: Log | undefined;
}

/** Serves the tickets of one page whose user is logged in: of an account, of administrators, or of an action that asks for a proof of its own. */
export function createTickets<C = unknown>({ service, purpose, action, user, log = inConsole }: TicketsOptions<C>): Handler<C> {
  if (!purpose === !action) throw new TypeError('second step: tickets are for a purpose or for an action');
  return async (request, context) => {
    const refused = refusalOf(request);
    if (refused) return refused;
    try {
      const login = await user(request, context as C);
      if (login === false) return refuse(403);
      if (!login?.userId) return refuse(401);
      if (!login.sessionId) throw new TypeError('user gave a login without sessionId');
      return await (action ? decide(service, login, action) : create(service, login, purpose!));
    } catch (error) {
      log('second step: no ticket', error);
      return refuse(error instanceof CountersignProblem && error.code === 'user_inactive' ? 403 : 503);
    }
  };
}

async function create(service: Pick<Countersign, 'createTicket'>, login: Login, purpose: 'account' | 'admin'): Promise<Response> {
  const { ticket } = await service.createTicket(login.userId, { purpose, session_id: login.sessionId, first_factor: firstFactorOf(login) });
  return answer(200, { user_id: login.userId, ticket });
}

async function decide(service: Pick<Countersign, 'decide'>, login: Login, action: string): Promise<Response> {
  const decision = await service.decide({ user_id: login.userId, action, session_id: login.sessionId, first_factor: firstFactorOf(login) });
  return decision.decision === 'challenge' ? answer(200, granted(login, decision, false)) : refuse(403);
}
