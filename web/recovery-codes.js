import { h } from './dom.js';
import { button, copyButton } from './controls.js';
import { printSheet } from './print.js';

export const FILE = 'countersign-recovery-codes.txt'; // as the API calls it

/** One code per line, as the API writes them. @param {string[]} codes */
const text = (codes) => `${codes.join('\n')}\n`;

/** @param {string[]} codes */
function download(codes) {
  const url = URL.createObjectURL(new Blob([text(codes)], { type: 'text/plain' }));
  h('a', { href: url, download: FILE }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000); // the download has begun by then
}

/**
 * Recovery codes with the three ways to keep them.
 *
 * @param {string[]} codes
 * @param {import('./strings.js').Translate} t
 * @param {() => void} [kept] told when one of the ways was taken
 * @param {string} [label] whose they are
 */
export function recoveryCodes(codes, t, kept = () => {}, label = t('codes.list')) {
  const print = () => {
    printSheet(t('codes.print.title'), t('codes.print.lead'), codes);
    kept();
  };
  return h('div', { class: 'frame' }, h('div', { class: 'codes-block' },
    h('ul', { class: 'codes', part: 'recovery-codes', 'aria-label': label, translate: 'no' },
      codes.map((code) => h('li', { class: 'mono' }, code))),
    h('div', { class: 'actions' },
      copyButton(text(codes), t('codes.copy'), t, kept),
      button('plain', t('codes.download'), () => { download(codes); kept(); }, 'download'),
      button('plain', t('codes.print'), print, 'print'))));
}
