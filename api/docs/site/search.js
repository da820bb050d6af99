// The search: a list of all sections, fetched once it is wanted, and looked through here.
import { file, make, say } from './dom.js';

/** A section: its address, page, heading and text. @typedef {{ a: string, p: string, h: string, t: string }} Section */

const longest = 20;

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

/** Words that say nothing of what is looked for. */
const empty = new Set((
  'a an and are at be by can do does for from how i if in is it long my of on or the there to what when where which who why with'
).split(' '));

/** @param {string} query */
function wordsOf(query) {
  const words = query.toLowerCase().split(/[\s?!,;]+/).filter(Boolean);
  const telling = words.filter((word) => !empty.has(word));
  return telling.length > 0 ? telling : words;
}

/** Matches each word at a beginning of one, as in "code" of "codes". @param {string[]} words */
const patternOf = (words) => new RegExp(`(?<![\\p{L}\\p{N}])(${words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'giu');

/** What people look for last. */
const reference = new Set(['Changelog', 'Divergences', 'Security, rule by rule', 'Threat model', 'Performance']);

/** How many of the words a section has, and how well it answers. @param {Section} section @param {string[]} words @param {RegExp[]} patterns of them */
function judge({ p, h, t }, words, patterns) {
  let [has, score] = [0, 0];
  for (const pattern of patterns) {
    const count = (/** @type {string} */ text) => text.match(pattern)?.length ?? 0;
    const found = (count(h) ? 20 : 0) + (count(p) ? 5 : 0) + Math.min(count(t), 5);
    has += found ? 1 : 0;
    score += found;
  }
  const phrase = words.join(' ');
  const heading = h.toLowerCase();
  if (heading === phrase) score += 60;
  else if (heading.startsWith(phrase)) score += 20;
  if (words.length > 1 && t.toLowerCase().includes(phrase)) score += 10;
  return { has, score: reference.has(p) ? score / 4 : score };
}

/** The best sections for a query, the best one first: those with all words, or else with most. @param {Section[]} all @param {string} query */
export function find(all, query) {
  const words = wordsOf(query);
  if (words.length === 0) return { found: [], whole: true };
  const patterns = words.map((word) => patternOf([word]));
  const judged = all.map((section) => ({ section, ...judge(section, words, patterns) }));
  const most = Math.max(...judged.map((one) => one.has));
  const best = most === 0 ? [] : judged.filter((one) => one.has === most).sort((a, b) => b.score - a.score);
  return { found: best.slice(0, longest).map((one) => one.section), whole: most === words.length };
}

/** The text around the first word that was found, with every one marked. @param {string} text @param {string[]} words */
function excerpt(text, words) {
  const first = text.search(patternOf(words));
  const at = first < 0 ? text.length : first;
  const from = at < 60 ? 0 : text.indexOf(' ', at - 60) + 1;
  return marked((from ? '… ' : '') + text.slice(from, from + 170) + (text.length > from + 170 ? ' …' : ''), words);
}

/** @param {string} text @param {string[]} words */
function marked(text, words) {
  return text.split(patternOf(words)).map((part, i) => (i % 2 ? make('mark', {}, part) : part));
}

/** @param {Section} section @param {string[]} words */
function result({ a, p, h, t }, words) {
  const link = make('a', { href: file(a) }, make('strong', {}, ...marked(h, words)), make('small', {}, p), make('span', {}, ...excerpt(t, words)));
  return make('li', {}, link);
}

/** Makes the dialogue, and returns what opens it, with a query where one is given. */
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
  return (query = input.value) => {
    if (!dialog.open) dialog.showModal();
    if (query !== input.value) {
      input.value = query;
      show(query, list, count);
    }
    input.select();
    fetched().catch(() => {});
  };
}

/** @param {string} query @param {HTMLElement} list @param {HTMLElement} count */
async function show(query, list, count) {
  const words = wordsOf(query);
  try {
    const { found, whole } = find(await fetched(), query);
    list.replaceChildren(...found.map((section) => result(section, words)));
    count.textContent = words.length === 0 ? '' : found.length === 0 ? 'Nothing has these words.'
      : `${found.length === longest ? 'The best ' : ''}${found.length} found${whole ? '' : ', with some of these words'}`;
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
