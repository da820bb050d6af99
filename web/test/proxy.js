// The service as it is behind a proxy.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { url } from './service.js';

/** Serves the service below a path, as a proxy does that takes the path away. @param {import('node:test').TestContext} context @param {string} path */
export async function below(context, path) {
  const proxy = createServer((asked, answer) => {
    if (!asked.url?.startsWith(`${path}/`)) return void answer.writeHead(404).end();
    const { method, headers } = asked;
    asked.pipe(request(new URL(asked.url.slice(path.length), url), { method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    }));
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (proxy.address());
  context.after(() => { proxy.close(); proxy.closeAllConnections(); });
  return `http://127.0.0.1:${port}${path}`;
}
