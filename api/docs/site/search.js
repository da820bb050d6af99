// The search: a list of all sections, fetched once it is wanted, and looked through here.
import { file, make, say } from './dom.js';

/** A section: its address, page, heading and text. @typedef {{ a: string, p: string, h: string, t: string }} Section */

const most = 20;

/** @type {Promise<Section[]> | undefined} */
let sections;

/** Fetched once; a failure is forgotten, so that the next key tries again. */
function fetched() {
  sections ??= fetch(file('search.json')).then((answer) => {
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  });
  sections.catch(() => { sections = undefined; });
  return sections;
}

/** @param {string} query */
const wordsOf = (query) => query.toLowerCase().split(/\s+/).filter(Boolean);

/** How well a section answers; 0: not all words are in it. @param {Section} section @param {string[]} words */
function score({ p, h, t }, words) {
  const page = p.toLowerCase();
  const heading = h.toLowerCase();
  const text = t.toLowerCase();
  let sum = 0;
  for (const word of words) {
    const found = (heading.includes(word) ? 20 : 0) + (page.includes(word) ? 5 : 0) + Math.min(text.split(word).length - 1, 5);
    if (!found) return 0;
    sum += found;
  }
  const phrase = words.join(' ');
  if (heading.startsWith(phrase)) sum += 30;
  if (words.length > 1 && text.includes(phrase)) sum += 10;
  return sum;
}

/** The best sections for a query, the best one first. @param {Section[]} all @param {string} query */
export function find(all, query) {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  return all.map((section) => ({ section, score: score(section, words) })).filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score).slice(0, most).map((one) => one.section);
}

/** The text around the first word that was found, with every one marked. @param {string} text @param {string[]} words */
function excerpt(text, words) {
  const lower = text.toLowerCase();
  const at = Math.min(...words.map((word) => lower.indexOf(word)).filter((i) => i >= 0), lower.length);
  const from = at < 60 ? 0 : text.indexOf(' ', at - 60) + 1;
  return marked((from ? '… ' : '') + text.slice(from, from + 170) + (text.length > from + 170 ? ' …' : ''), words);
}

/** @param {string} text @param {string[]} words */
function marked(text, words) {
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'gi');
  return text.split(pattern).map((part, i) => (i % 2 ? make('mark', {}, part) : part));
}

/** @param {Section} section @param {string[]} words */
function result({ a, p, h, t }, words) {
  const link = make('a', { href: file(a) }, make('strong', {}, ...marked(h, words)), make('small', {}, p), make('span', {}, ...excerpt(t, words)));
  return make('li', {}, link);
}

/** Makes the dialogue, and returns what opens it. */
export function search() {
  const input = make('input', { type: 'search', id: 'search', autocomplete: 'off', spellcheck: 'false', placeholder: 'Words of a heading or a text', autofocus: true });
  const count = make('p', { class: 'count', role: 'status' });
  const list = make('ol', { class: 'results' });
  const close = make('button', { type: 'button', class: 'quiet' }, 'Close');
  const dialog = make('dialog', { class: 'search', 'aria-label': 'Search' },
    make('div', { class: 'bar' }, make('label', { for: 'search' }, 'Search'), input, close), count, list);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  list.addEventListener('click', () => dialog.close());
  dialog.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return move(event, input, list);
    event.preventDefault(); // which would only empty the field
    dialog.close();
  });
  input.addEventListener('input', () => show(input.value, list, count));
  document.body.append(dialog);
  return () => {
    if (!dialog.open) dialog.showModal();
    input.select();
    fetched().catch(() => {});
  };
}

/** @param {string} query @param {HTMLElement} list @param {HTMLElement} count */
async function show(query, list, count) {
  const words = wordsOf(query);
  try {
    const found = find(await fetched(), query);
    list.replaceChildren(...found.map((section) => result(section, words)));
    count.textContent = words.length === 0 ? '' : found.length === 0 ? 'Nothing has all these words.' : `${found.length === most ? 'The best ' : ''}${found.length} found`;
  } catch {
    list.replaceChildren();
    count.textContent = 'The search could not be loaded. Is the server still running?';
    say(count.textContent);
  }
}

/** Up and down go through the results. @param {KeyboardEvent} event @param {HTMLElement} input @param {HTMLElement} list */
function move(event, input, list) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const links = Array.from(list.querySelectorAll('a'));
  if (event.key === 'Enter' && event.target === input) return void links[0]?.click();
  if (!step || links.length === 0) return;
  event.preventDefault();
  const next = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement)) + step;
  (links[next] ?? (next < 0 ? input : links.at(-1)))?.focus();
}
