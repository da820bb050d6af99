// What every page has: search, light or dark, copy buttons, and menus that are closed where there is little room.
import { copyable } from './code.js';
import { make } from './dom.js';
import { scrolls } from './scroll.js';
import { search } from './search.js';

const tools = /** @type {HTMLElement} */ (document.querySelector('.tools'));

const open = search();
const key = /Mac|iP/.test(navigator.platform) ? '⌘K' : 'Ctrl K';
const opener = make('button', { type: 'button', class: 'open' }, make('span', {}, 'Search'), make('kbd', { 'aria-hidden': 'true' }, key));
opener.addEventListener('click', () => open());
document.addEventListener('keydown', (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(/** @type {Element} */ (event.target).tagName ?? '');
  if ((event.key === 'k' && (event.metaKey || event.ctrlKey)) || (event.key === '/' && !typing)) {
    event.preventDefault();
    open();
  }
});

/** An escape may stand for bytes that are no text. */
const path = () => {
  try {
    return decodeURIComponent(location.pathname);
  } catch {
    return location.pathname;
  }
};

// An address that leads nowhere often has the words of the page that was meant.
const nowhere = document.querySelector('[data-search]');
if (nowhere) {
  const words = path().replace(/\/+$/, '').replace(/^.*\//, '').replace(/\.\w+$/, '').replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
  const button = make('button', { type: 'button', class: 'button' }, words ? `Search for “${words}”` : 'Search');
  button.addEventListener('click', () => open(words));
  nowhere.append(button);
}

const dark = matchMedia('(prefers-color-scheme: dark)');
const theme = make('button', { type: 'button', class: 'quiet' });
const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? 'dark' : 'light')) === 'dark';
const label = () => { theme.textContent = isDark() ? 'Light' : 'Dark'; theme.setAttribute('aria-label', `${theme.textContent} colours`); };
theme.addEventListener('click', () => {
  document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
  try { localStorage.setItem('countersign-docs-theme', document.documentElement.dataset.theme); } catch { /* until the page is left, then */ }
  label();
});
dark.addEventListener('change', label);
label();
tools.append(opener, theme);

for (const figure of document.querySelectorAll('figure.code')) copyable(/** @type {HTMLElement} */ (figure));

const above = Array.from(document.querySelectorAll('main :is(h1, h2, h3, h4)'));
/** What a table or a diagram is called: there may be several below a heading. @param {Element} box @param {number} i */
function nameOf(box, i) {
  const heading = above.findLast((one) => one.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING);
  const title = Array.from(heading?.childNodes ?? [], (part) => (part instanceof Element && part.matches('.anchor') ? '' : part.textContent)).join('').trim();
  return `${box.querySelector('svg') ? 'Diagram' : 'Table'} ${i + 1}: ${title}`;
}
document.querySelectorAll('.scroll').forEach((box, i) => scrolls(box, nameOf(box, i)));
for (const code of document.querySelectorAll('pre')) scrolls(code);

// Menus above the text are closed.
for (const [menu, width] of /** @type {const} */ ([['.pages', '60rem'], ['.contents', '78rem']])) {
  const narrow = matchMedia(`(max-width: ${width})`);
  const fold = () => {
    for (const details of document.querySelectorAll(`${menu} > details`)) /** @type {HTMLDetailsElement} */ (details).open = !narrow.matches;
  };
  narrow.addEventListener('change', fold);
  fold();
}

// Beside the text, the heading that one is at is marked.
const entries = new Map(Array.from(document.querySelectorAll('.contents a'), (link) => [decodeURIComponent(/** @type {HTMLAnchorElement} */ (link).hash.slice(1)), link]));
const headings = Array.from(entries.keys(), (id) => document.getElementById(id)).filter((heading) => heading !== null);
const mark = () => {
  const at = headings.findLast((heading) => heading.getBoundingClientRect().top < 120) ?? headings[0];
  for (const [id, link] of entries) {
    if (id !== at?.id) link.removeAttribute('aria-current');
    else if (!link.hasAttribute('aria-current')) {
      link.setAttribute('aria-current', 'location');
      const list = /** @type {HTMLElement} */ (link.closest('.contents'));
      if (list.scrollHeight > list.clientHeight) list.scrollTop = /** @type {HTMLElement} */ (link).offsetTop - list.clientHeight / 2;
    }
  }
};
let waiting = false;
addEventListener('scroll', () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; mark(); });
}, { passive: true });
mark();

if (document.querySelector('[data-operation]')) await import('./call.js');
