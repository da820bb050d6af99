// @ts-nocheck the README shows it as it is, and JavaScript has no types
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createCountersign } from '@countersign/client';
import { createSecondStep, toNode } from '@countersign/client/second-step';
import { createVerifier } from '@countersign/client/stepup';

/** A whole host. What it takes for the second step is below the comment; all else it has anyway. */
export function createHost({ url, serviceKey, checkPassword }) {
  const sessions = new Map(); // by the value of their cookie
  const cookieOf = (request) => /(?:^|; )session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
  const sessionOf = (request) => sessions.get(cookieOf(request));

  /** Puts a session under a new cookie in the place of the one before. It is open once its user passed whatever was asked for. */
  function startSession(request, response, userId, open) {
    const cookie = randomUUID();
    sessions.delete(cookieOf(request));
    sessions.set(cookie, { userId, sessionId: randomUUID(), open });
    response.setHeader('Set-Cookie', `session=${cookie}; Path=/; HttpOnly; Secure; SameSite=Lax`);
  }

  // The second step:
  const service = createCountersign({ baseUrl: url, credential: serviceKey });
  const verifier = createVerifier({ issuer: url, tenant: 'acme' });
  const pending = (_, { request }) => (sessionOf(request)?.open === false ? sessionOf(request) : null);
  const open = (_, { userId }, { request, response }) => startSession(request, response, userId, true);
  const secondStep = toNode(createSecondStep({ service, verifier, pending, open }));

  const codePage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Log in</title>
<script type="module" src="${url}/ui/challenge.js"></script>
<countersign-challenge tickets="/login/ticket" proof="/login/second-step" next="/" autofocus>
  Loading the second step. If nothing follows, <a href="">try again</a>.
</countersign-challenge></html>`;
  const loginPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Log in</title><form method="post">
<input name="username" aria-label="Name"><input name="password" type="password" aria-label="Password"><button>Log in</button></form></html>`;

  async function login(request, response) {
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    const userId = checkPassword(form.get('username'), form.get('password'));
    if (!userId) return response.writeHead(401).end('That name and password do not belong together.');
    const { open, userId: before } = sessionOf(request) ?? {}; // of two tabs that log in, the second goes on with the first one's
    if (open !== false || before !== userId) startSession(request, response, userId, false); // not open yet
    return response.writeHead(303, { Location: '/login/code' }).end();
  }

  const home = (request, response) => (sessionOf(request)?.open
    ? response.end(`Welcome, ${sessionOf(request).userId}`) : response.writeHead(303, { Location: '/login' }).end());
  const show = (page) => (_, response) => response.setHeader('Content-Type', 'text/html').end(page);
  const routes = {
    'GET /login': show(loginPage), 'POST /login': login, 'GET /': home,
    'GET /login/code': (request, response) => (sessionOf(request)?.open === false ? show(codePage) : home)(request, response), // else the password comes first
    'POST /login/ticket': secondStep, 'POST /login/second-step': secondStep,
  };
  return createServer(async (request, response) => {
    try {
      await (routes[`${request.method} ${request.url}`] ?? home)(request, response);
    } catch (error) {
      console.error(error);
      response.destroy(); // a request that broke off must not end the process
    }
  });
}
