import { h } from './dom.js';
import { styles } from './theme.js';

// The page's own rules are not ours to change: for as long as the print lasts, nothing but our sheet is shown on paper.
const onPaper = styles(`
  [data-countersign-print] { display: none; }
  @media print {
    body > :not([data-countersign-print]) { display: none !important; }
    [data-countersign-print] { display: block; color: #000; font: 12pt/1.5 sans-serif; }
    [data-countersign-print] h1 { font-size: 16pt; }
    [data-countersign-print] li { font: 14pt/2 monospace; }
  }
`);

/**
 * Prints a list and nothing else of the page.
 *
 * @param {string} title
 * @param {string} lead
 * @param {string[]} lines
 */
export function printSheet(title, lead, lines) {
  const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' }).format(new Date());
  const page = h('section', { 'data-countersign-print': true, 'aria-hidden': 'true' },
    h('h1', null, title), h('p', null, lead),
    h('ol', null, lines.map((line) => h('li', null, line))), h('p', null, `${location.hostname}, ${date}`));
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, onPaper];
  document.body.append(page);
  const clean = () => {
    page.remove();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== onPaper);
  };
  window.addEventListener('afterprint', clean, { once: true });
  window.print();
}
