import type { CallOptions, Caller } from './call.js';
import { CountersignProblem } from './problem.js';
import type { Decision, DecisionRequest, Ticket, TicketRequest } from './types.js';

export const decisions = (caller: Caller) => ({
  /**
   * Asks what to do now for a user who passed the first factor. It fails closed: what is no decision that this client
   * knows is an error, and an error fails the login. A decision changes nothing but the secret of a remembered browser, of
   * which the same is given again at once, so that it is repeated once where the service could not answer.
   */
  async decide(request: DecisionRequest, options?: CallOptions): Promise<Decision> {
    const told = await caller.ask({ name: 'decide', repeatable: true }, options, (init) => caller.api.POST('/v1/decisions', { ...init, body: request }));
    if (!isDecision(told)) throw new CountersignProblem('decide', { status: 200, detail: 'the answer is no decision that this client knows' });
    return told;
  },

  /**
   * Lets a browser act for one user for 15 minutes. Ask only after the user passed the first factor. A login needs none:
   * its decision brings one. It is never repeated by itself.
   */
  createTicket(userId: string, request: TicketRequest, options?: CallOptions): Promise<Ticket> {
    return caller.ask({ name: 'create ticket' }, options, (init) =>
      caller.api.POST('/v1/users/{user_id}/tickets', { ...init, params: { path: { user_id: userId } }, body: request }));
  },
});

const TYPES: Partial<Record<keyof Decision, string>> = {
  reason: 'string', recovery_codes_remaining: 'number', ticket: 'string', remembered_browser: 'object', remember_browser_days: 'number',
};

/** Whether an answer is one of the four words, whole, and with the ticket that two of them come with. */
function isDecision(told: object): told is Decision {
  const { decision, ticket } = told as Record<string, unknown>;
  const isWhole = Object.entries(TYPES).every(([name, type]) => !(name in told) || typeof told[name as keyof typeof told] === type);
  return isWhole && (decision === 'allow' || decision === 'deny' || ((decision === 'challenge' || decision === 'enroll') && Boolean(ticket)));
}
