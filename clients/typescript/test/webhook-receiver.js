import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

/** @param {string} secret whsec_... @param {(event: any, id: string) => Promise<void>} keep must take an id once */
export function createReceiver(secret, keep) {
  const webhook = new Webhook(secret);
  return createServer(async (request, response) => {
    const body = [];
    for await (const part of request) body.push(part);
    let event;
    try {
      event = webhook.verify(Buffer.concat(body), /** @type {any} */ (request.headers)); // of the bytes as they came
    } catch {
      response.writeHead(400).end();
      return;
    }
    await keep(event, String(request.headers['webhook-id']));
    response.writeHead(204).end(); // now, and work on it afterwards
  });
}
