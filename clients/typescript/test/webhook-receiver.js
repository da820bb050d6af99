import { createServer } from 'node:http';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

/** @param {string} secret whsec_... @param {(event: any, id: string) => Promise<void>} keep must take an id once */
export function createReceiver(secret, keep) {
  if (Buffer.from(secret.replace('whsec_', ''), 'base64').length < 24) throw new Error('The secret of a webhook is whsec_ and 24 bytes or more.');
  const webhook = new Webhook(secret);
  return createServer(async (request, response) => {
    let status = 204;
    try {
      const event = webhook.verify(await read(request), /** @type {any} */ (request.headers)); // of the bytes as they came
      await keep(/** @type {any} */ (event), String(request.headers['webhook-id'])); // work on it afterwards
    } catch (error) { // of a sender that hangs up too
      status = error instanceof WebhookVerificationError ? 400 : 503;
    }
    response.writeHead(status).end();
  });
}

/** @param {import('node:http').IncomingMessage} request */
async function read(request) {
  let body = Buffer.alloc(0);
  for await (const part of request) {
    body = Buffer.concat([body, part]);
    if (body.length > 65_536) throw new Error('This is longer than any event.');
  }
  return body;
}
