// Calls that the reader sends from the reference. No curl command that is shown has the key.
import { shown } from './answer.js';
import { block } from './code.js';
import { file, make, say } from './dom.js';
import { keyField, keyFor, tenantOf } from './key.js';

/**
 * @typedef {{ name: string, in: 'path' | 'query' | 'header', required: boolean, example?: string }} Input
 * @typedef {{ name: string, text: string }} Example
 * @typedef {{ method: string, path: string, credential?: string, inputs?: Input[], type?: string, examples?: Example[] }} Call
 */

const server = new URL('..', file('')).href.replace(/\/$/, '');

/** @type {Record<string, Call>} */
const calls = await (await fetch(file('calls.json'))).json();

const box = /** @type {HTMLElement} */ (document.getElementById('credential'));
box.append(
  make('h2', {}, 'Try it out'),
  make('p', {}, 'Each operation below has a form that sends it to this server, ', make('code', {}, server), '. It is carried out as any other call: take a key of a sandbox. ',
    'Give it here or beside a button Send. It stays in the memory of this page, and is gone when you leave or reload it.'),
  keyField('key', 'Service key or ticket').row,
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
  const command = block('sh', 'curl', curl);
  const answer = make('div', { class: 'answer' });
  const key = call.credential ? keyField(`${id}-key`, call.credential) : null;
  const how = key ? key.row : make('p', { class: 'hint' }, 'It takes no key.');
  const sent = make('form', { novalidate: true }, ...rows, command, make('div', { class: 'send' }, how, make('button', { type: 'submit', class: 'button' }, 'Send')), answer);
  const values = () => ({ call, values: fields.map(({ input, field }) => ({ ...input, value: field.value.trim() })), body: body?.value ?? '' });
  const update = () => { curl.textContent = asCurl(values()); };
  sent.addEventListener('input', update);
  sent.addEventListener('submit', (event) => {
    event.preventDefault();
    const missing = fields.find(({ input, field }) => input.required && !field.value.trim())?.field;
    for (const { field } of fields) field.setAttribute('aria-invalid', String(field === missing));
    if (missing) return void missing.focus();
    if (key && !key.input.value.trim()) {
      key.input.setAttribute('aria-invalid', 'true');
      say('A key is needed');
      return void key.input.focus();
    }
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
  if (call.credential && bearer) given.unshift(['Authorization', `Bearer ${bearer}`]);
  if (call.type && body.trim()) given.push(['Content-Type', call.type]);
  return Object.fromEntries(given);
}

/** Quoted for sh. @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The same call by curl, with the credential in $KEY. @param {Filled} filled */
function asCurl(filled) {
  const { Authorization, ...others } = headers(filled, '$KEY');
  const parts = [`curl -sS -X ${filled.call.method} ${quoted(address(filled))}`];
  if (Authorization) parts.push(`-H "Authorization: ${Authorization}"`);
  for (const [name, value] of Object.entries(others)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (filled.body.trim()) parts.push(`--data-binary ${quoted(filled.body)}`);
  return parts.join(' \\\n  ');
}

/** @param {Filled} filled */
const ask = (filled) => fetch(address(filled), {
  method: filled.call.method, headers: headers(filled, keyFor(filled.call.credential ?? '')), body: filled.body.trim() ? filled.body : undefined, cache: 'no-store',
});

/** Sends a call and shows what comes back. @param {Filled} filled @param {HTMLElement} place */
async function send(filled, place) {
  place.replaceChildren(make('p', {}, 'Sending …'));
  try {
    const answer = await ask(filled);
    place.replaceChildren(...await shown(answer));
    say(`The answer is ${answer.status}`);
    if (answer.status === 404) await offerUser(filled, place).catch(() => {}); // the answer is there, with an offer or without
  } catch {
    place.replaceChildren(make('p', { class: 'problem' }, 'No answer came. Is the server still running, and are all values such as a header may have?'));
    say('No answer came');
  }
}

/** Whom a call is about. @param {Filled} filled */
function userOf({ values, body }) {
  const inPath = values.find((one) => one.in === 'path' && one.name === 'user_id')?.value;
  try {
    return inPath ?? JSON.parse(body).user_id;
  } catch { // a body that is no JSON
    return undefined;
  }
}

/** Offers to create the user where there is none, as the user of the examples at first. @param {Filled} filled @param {HTMLElement} place */
async function offerUser(filled, place) {
  const [user, tenant, { getUser, putUser }] = [userOf(filled), tenantOf(keyFor(filled.call.credential ?? '')), calls];
  if (typeof user !== 'string' || !tenant || !getUser || !putUser || filled.call === calls.deleteUser) return;
  const values = [{ name: 'user_id', in: /** @type {const} */ ('path'), required: true, value: user }];
  if ((await ask({ call: getUser, values, body: '' })).status !== 404) return;
  const create = make('button', { type: 'button', class: 'button' }, 'Create it, and send again');
  create.addEventListener('click', async () => {
    const body = JSON.stringify({ username: user, auth_source: 'local', role: 'member', active: true });
    const created = await ask({ call: putUser, values, body }).catch(() => null);
    if (created?.ok) return void send(filled, place);
    place.replaceChildren(...created ? await shown(created) : [make('p', { class: 'problem' }, 'No answer came. Is the server still running?')]);
    return say('The user was not created');
  });
  place.prepend(make('div', { class: 'offer' }, make('p', {}, 'The tenant ', make('code', {}, tenant), ' has no user ', make('code', {}, user), ' yet.'), create));
  say(`The answer is 404: there is no user ${user} yet. Create it, and send again.`);
}
