// What the README shows for Express compiles, with as much of Express as it takes.
import type { Countersign } from '@countersign/client';
import { createSecondStep, createTickets, type Login, type NodeContext, type NodeRequest, type NodeResponse, toNode } from '@countersign/client/second-step';
import type { Verifier } from '@countersign/client/stepup';

declare namespace express {
  interface Request extends NodeRequest {
    session: { pending?: Login; userId?: string; regenerate(done: (error?: Error) => void): void };
  }
  type Response = NodeResponse;
  type Handler = (request: Request, response: Response, next: (error?: unknown) => void) => unknown;
}

declare const app: Record<'use' | 'post', (path: string, handler: express.Handler) => void>;
declare const service: Countersign, admin: Countersign, verifier: Verifier;
declare const userOf: (request: Request, context: NodeContext<express.Request, express.Response>) => Login | null;
declare const adminOf: (request: Request, context: NodeContext<express.Request, express.Response>) => Login | false | null;

// As in the README:
app.use('/login', toNode(createSecondStep<NodeContext<express.Request, express.Response>>({
  service, verifier, browser: {}, // remembers browsers, where the policy does
  pending: (_, { request }) => request.session.pending,
  open: (_, { userId }, { request }) => new Promise<void>((done, failed) => request.session.regenerate((error) => {
    if (error) return failed(error);
    request.session.userId = userId;
    return done();
  })),
})));

app.post('/tickets/account', toNode(createTickets({ service, purpose: 'account', user: userOf })));
app.post('/tickets/admin', toNode(createTickets({ service: admin, purpose: 'admin', user: adminOf })));
app.post('/payments/:id/ticket', toNode(createTickets({ service, action: 'payment.approve', user: userOf })));
