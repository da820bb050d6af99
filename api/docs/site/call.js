// Calls that the reader sends from the reference. The credential is in a variable of this page alone: it is gone when the page is left,
// and no curl command that is shown has it.
import { copyable } from './copy.js';
import { file, make, say } from './dom.js';

/**
 * @typedef {{ name: string, in: 'path' | 'query' | 'header', required: boolean, example?: string }} Input
 * @typedef {{ name: string, text: string }} Example
 * @typedef {{ method: string, path: string, open: boolean, inputs?: Input[], type?: string, examples?: Example[] }} Call
 */

const server = new URL('..', file('')).href.replace(/\/$/, '');

/** @type {Record<string, Call>} */
const calls = await (await fetch(file('calls.json'))).json();

const credential = make('input', { id: 'key', type: 'password', autocomplete: 'off', spellcheck: 'false' });
const box = /** @type {HTMLElement} */ (document.getElementById('credential'));
box.append(
  make('h2', {}, 'Try it out'),
  make('p', {}, 'Each operation below can be sent to this server, ', make('code', {}, server), '. It is carried out as any other call: take a key of a sandbox.'),
  make('label', { for: 'key' }, 'Service key or ticket'), credential,
  make('p', { class: 'hint' }, 'It stays in the memory of this page, and is gone when you leave or reload it.'),
);
box.hidden = false;

for (const section of document.querySelectorAll('[data-operation]')) {
  const id = /** @type {HTMLElement} */ (section).dataset.operation ?? '';
  const call = calls[id];
  if (!call) continue;
  const place = make('details', { class: 'try' }, make('summary', {}, 'Try it out'));
  place.addEventListener('toggle', () => { if (place.open && place.children.length === 1) place.append(form(id, call)); });
  section.append(place);
}

/** A labelled field. @param {string} id @param {string} label @param {HTMLElement} field @param {string} [note] */
function labelled(id, label, field, note = '') {
  field.id = id;
  return make('div', { class: 'row' }, make('label', { for: id }, label, note && make('small', {}, ` ${note}`)), field);
}

/** @param {string} id @param {Call} call */
function form(id, call) {
  const fields = (call.inputs ?? []).map((input) => ({ input, field: make('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', value: input.example ?? '', required: input.required }) }));
  const rows = fields.map(({ input, field }) => labelled(`${id}-${input.name}`, input.name, field, `in the ${input.in}${input.required ? '' : ', may be left empty'}`));
  const body = call.type ? make('textarea', { spellcheck: 'false', rows: '8' }) : null;
  if (body) {
    rows.push(...examples(id, call, body), labelled(`${id}-body`, 'Body', body, call.type));
  }
  const curl = make('code');
  const shown = make('figure', { class: 'code', 'data-language': 'sh' }, make('figcaption', {}, 'curl'), make('pre', {}, curl));
  copyable(shown);
  const answer = make('div', { class: 'answer' });
  const sent = make('form', { novalidate: true }, ...rows, shown, make('button', { type: 'submit', class: 'button' }, 'Send'), answer);
  const values = () => ({ call, values: fields.map(({ input, field }) => ({ ...input, value: field.value.trim() })), body: body?.value ?? '' });
  const update = () => { curl.textContent = command(values()); };
  sent.addEventListener('input', update);
  sent.addEventListener('submit', (event) => {
    event.preventDefault();
    const missing = fields.find(({ input, field }) => input.required && !field.value.trim())?.field;
    for (const { field } of fields) field.setAttribute('aria-invalid', String(field === missing));
    if (missing) return void missing.focus();
    return void send(values(), answer);
  });
  update();
  return sent;
}

/** What there is to choose from, where there are several. @param {string} id @param {Call} call @param {HTMLTextAreaElement} body */
function examples(id, call, body) {
  const all = call.examples ?? [];
  const take = (/** @type {number} */ i) => { body.value = all[i]?.text ?? ''; body.rows = Math.min(24, body.value.split('\n').length + 1); };
  take(0);
  if (all.length < 2) return [];
  const choice = make('select', {}, ...all.map((one, i) => make('option', { value: String(i) }, one.name)));
  choice.addEventListener('input', () => take(choice.selectedIndex));
  return [labelled(`${id}-example`, 'Example', choice)];
}

/** @typedef {{ call: Call, values: (Input & { value: string })[], body: string }} Filled */

/** @param {Filled} filled */
function address({ call, values }) {
  const given = values.filter((one) => one.value !== '');
  const path = call.path.replace(/\{(\w+)\}/g, (part, name) => {
    const value = given.find((one) => one.in === 'path' && one.name === name)?.value;
    return value === undefined ? part : encodeURIComponent(value);
  });
  const query = new URLSearchParams(given.filter((one) => one.in === 'query').map((one) => [one.name, one.value])).toString();
  return server + path + (query && `?${query}`);
}

/** @param {Filled} filled @param {string} bearer @returns {Record<string, string>} */
function headers({ call, values, body }, bearer) {
  const given = values.filter((one) => one.in === 'header' && one.value !== '').map((one) => [one.name, one.value]);
  if (!call.open && bearer) given.unshift(['Authorization', `Bearer ${bearer}`]);
  if (call.type && body.trim()) given.push(['Content-Type', call.type]);
  return Object.fromEntries(given);
}

/** Quoted for sh. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The same call by curl, with the credential in $KEY. @param {Filled} filled */
function command(filled) {
  const { Authorization, ...others } = headers(filled, '$KEY');
  const parts = [`curl -sS -X ${filled.call.method} ${quoted(address(filled))}`];
  if (Authorization) parts.push(`-H "Authorization: ${Authorization}"`);
  for (const [name, value] of Object.entries(others)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (filled.body.trim()) parts.push(`--data-binary ${quoted(filled.body)}`);
  return parts.join(' \\\n  ');
}

/** Sends a call and shows what comes back. @param {Filled} filled @param {HTMLElement} place */
async function send(filled, place) {
  place.replaceChildren(make('p', {}, 'Sending …'));
  try {
    const answer = await fetch(address(filled), {
      method: filled.call.method, headers: headers(filled, credential.value.trim()), body: filled.body.trim() ? filled.body : undefined, cache: 'no-store',
    });
    place.replaceChildren(make('h4', {}, 'Answer'), status(answer), await content(answer));
    say(`The answer is ${answer.status}`);
  } catch {
    place.replaceChildren(make('p', { class: 'problem' }, 'No answer came. Is the server still running, and are all values such as a header may have?'));
    say('No answer came');
  }
  for (const block of place.querySelectorAll('figure.code')) copyable(/** @type {HTMLElement} */ (block));
}

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
  return make('figure', { class: 'code', 'data-language': 'json' }, make('figcaption', {}, 'Body'), make('pre', { tabindex: '0' }, make('code', {}, readable(text, type))));
}

/** @param {string} text @param {string} type */
function readable(text, type) {
  try {
    return type.includes('json') && !type.includes('ndjson') ? JSON.stringify(JSON.parse(text), null, 2) : text;
  } catch {
    return text;
  }
}
