// What came back of a call, as people read it.
import { block } from './code.js';
import { make } from './dom.js';

/** @param {Response} answer */
export const shown = async (answer) => [make('h4', {}, 'Answer'), status(answer), await content(answer)];

/** @param {Response} answer */
function status(answer) {
  const kept = ['content-type', 'etag', 'retry-after', 'www-authenticate', 'x-request-id'];
  const list = make('dl', { class: 'kept' });
  for (const name of kept) {
    const value = answer.headers.get(name);
    if (value) list.append(make('dt', {}, name), make('dd', {}, value));
  }
  const words = make('p', { class: 'line' }, make('code', { class: `status s${String(answer.status)[0]}` }, String(answer.status)), ` ${answer.statusText}`);
  return make('div', {}, words, list);
}

/** @param {Response} answer */
async function content(answer) {
  const type = answer.headers.get('content-type') ?? '';
  if (type.startsWith('image/')) {
    return make('img', { src: URL.createObjectURL(await answer.blob()), alt: 'The answer as a picture' });
  }
  const text = await answer.text();
  if (!text) return make('p', {}, 'The answer has no body.');
  return block('json', 'Body', make('code', {}, readable(text, type)));
}

/** @param {string} text @param {string} type */
function readable(text, type) {
  try {
    return type.includes('json') && !type.includes('ndjson') ? JSON.stringify(JSON.parse(text), null, 2) : text;
  } catch {
    return text;
  }
}
