import { admit, DEFAULT_HEADER, type Expected, type GuardOptions } from './guard.js';
import type { Refusal } from './refusal.js';
import type { Verifier } from './verifier.js';

/** What of a request of Node, and so of Express, is looked at. */
export interface NodeRequest {
  headers: Record<string, string | string[] | undefined>;
}

/** What of a response of Node is used. */
export interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** Answers a refused request in the host's own way. */
export interface NodeOptions<Q, S> extends GuardOptions<Q> {
  onRefusal?: ((refusal: Refusal, request: Q, response: S, next: (error?: unknown) => void) => void) | undefined;
}

/**
 * Middleware in the manner of Express that serves a request only with a step-up token for what `expect` says of it. The
 * handler finds the claims with {@link claimsOf}. What `expect` throws goes to `next`.
 */
export function requireStepUp<Q extends NodeRequest, S extends NodeResponse>(verifier: Verifier, expect: Expected<Q>, options: NodeOptions<Q, S> = {}) {
  const { tokenFrom = inHeaders, spentBy, onRefusal = refuse } = options;
  return async (request: Q, response: S, next: (error?: unknown) => void): Promise<void> => {
    try {
      const refusal = await admit(verifier, request, tokenFrom(request), await expect(request), spentBy);
      if (refusal) return onRefusal(refusal, request, response, next);
    } catch (error) {
      return next(error);
    }
    next();
  };
}

function inHeaders({ headers }: NodeRequest): string | undefined {
  const token = headers[DEFAULT_HEADER.toLowerCase()];
  return typeof token === 'string' ? token : undefined; // two are none
}

function refuse({ status, headers, body }: Refusal, _: unknown, response: NodeResponse): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}

/** Answers a refused request in the host's own way. */
export interface FetchOptions extends GuardOptions<Request> {
  onRefusal?: ((refusal: Refusal, request: Request) => Response | Promise<Response>) | undefined;
}

/** The same for handlers in the manner of fetch, which take a Request, with whatever else, and give a Response. */
export function guardStepUp(verifier: Verifier, expect: Expected<Request>, options: FetchOptions = {}) {
  const { tokenFrom = ({ headers }) => headers.get(DEFAULT_HEADER), spentBy, onRefusal = (refusal) => refusal.toResponse() } = options;
  return <Rest extends unknown[]>(handler: (request: Request, ...rest: Rest) => Response | Promise<Response>) =>
    async (request: Request, ...rest: Rest): Promise<Response> => {
      const refusal = await admit(verifier, request, tokenFrom(request), await expect(request), spentBy);
      return refusal ? onRefusal(refusal, request) : handler(request, ...rest);
    };
}
