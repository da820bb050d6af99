import { type Handler, inConsole } from './login.js';

/** What of a request of Node, and so of Express, is looked at. */
export interface NodeRequest extends AsyncIterable<Uint8Array | string> {
  method?: string | undefined;
  url?: string | undefined;
  /** Express: the URL before a router took its part away. */
  originalUrl?: string | undefined;
  headers: Record<string, string | string[] | undefined>;
  /** Express: what a parser of bodies has read already. */
  body?: unknown;
}

/** What of a response of Node is used. */
export interface NodeResponse {
  statusCode: number;
  getHeader(name: string): number | string | string[] | undefined;
  setHeader(name: string, value: string | string[]): unknown;
  end(body?: string): unknown;
}

/** What handlers get beside the request: that of Node, with whatever middleware has put into it. */
export interface NodeContext<Q = NodeRequest, S = NodeResponse> {
  request: Q;
  response: S;
}

const LONGEST_BODY = 8 << 10;

/** A handler for node:http, and for Express, whose `next` is told of errors. */
export function toNode<Q extends NodeRequest, S extends NodeResponse>(handler: Handler<NodeContext<Q, S>>) {
  return async (request: Q, response: S, next?: (error?: unknown) => void): Promise<void> => {
    try {
      await send(await handler(await requestOf(request), { request, response }), response);
    } catch (error) {
      if (next) return next(error);
      // It is not thrown on: node:http awaits nobody, and a rejection that nobody handles ends the process.
      inConsole('second step: a request was not served', error);
      response.statusCode = 500;
      response.end();
    }
  };
}

async function requestOf(request: NodeRequest): Promise<Request> {
  const { method = 'GET' } = request;
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  const url = new URL(request.originalUrl ?? request.url ?? '/', `http://${headers.get('Host') ?? 'localhost'}`);
  return new Request(url, { method, headers, ...(method === 'POST' && { body: await bodyOf(request) }) });
}

/** Of a body that is too long for any proof, only as much is kept as shows that. */
async function bodyOf(request: NodeRequest): Promise<string> {
  if (request.body !== undefined) return typeof request.body === 'string' ? request.body : JSON.stringify(request.body);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of request) {
    if (text.length <= LONGEST_BODY) text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** What middleware or the host has set stays, and each cookie with it. */
async function send(answer: Response, response: NodeResponse): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) if (name !== 'set-cookie') response.setHeader(name, value);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader('Set-Cookie', [response.getHeader('Set-Cookie') ?? [], cookies].flat().map(String));
  response.end(await answer.text());
}
