// Blocks of code: each has a button that copies it.
import { make, say } from './dom.js';
import { scrolls } from './scroll.js';

/** What there is to paste: of a console, the commands alone. @param {string} text @param {string} language */
export function pasted(text, language) {
  if (language !== 'console' || !/^\$ /m.test(text)) return text;
  const lines = text.split('\n');
  return lines.filter((line, i) => line.startsWith('$ ') || (i > 0 && continues(lines, i))).map((line) => line.replace(/^\$ /, '')).join('\n') + '\n';
}

/** Whether a line goes on with the command above it. @param {string[]} lines @param {number} i @returns {boolean} */
function continues(lines, i) {
  if (!lines[i - 1]?.endsWith('\\')) return false;
  return Boolean(lines[i - 1]?.startsWith('$ ')) || continues(lines, i - 1);
}

/** @param {string} text @param {Element} block */
async function copy(text, block) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // browsers keep the clipboard from pages without https
    getSelection()?.selectAllChildren(block);
    return document.execCommand('copy');
  }
}

/** Gives a block its button. @param {HTMLElement} figure */
export function copyable(figure) {
  const code = /** @type {HTMLElement} */ (figure.querySelector('code'));
  const button = make('button', { type: 'button', class: 'copy' }, 'Copy');
  button.addEventListener('click', async () => {
    const done = await copy(pasted(code.textContent ?? '', figure.dataset.language ?? ''), code);
    button.textContent = done ? 'Copied' : 'Selected';
    say(done ? 'Copied' : 'Selected; copy it with the keyboard');
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  });
  figure.querySelector('figcaption')?.append(button);
}

/** A block of code with its button, as those that the documents have. @param {string} language @param {string} label @param {HTMLElement} code */
export function block(language, label, code) {
  const text = make('pre', {}, code);
  const figure = make('figure', { class: 'code', 'data-language': language }, make('figcaption', {}, label), text);
  copyable(figure);
  scrolls(text);
  return figure;
}
