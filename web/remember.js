import { h, newId } from './dom.js';

/**
 * Offers not to ask again on this browser. What is chosen is for the host to carry out: it holds the secret, and this page
 * does not.
 */
export class RememberBox {
  /** @param {import('./strings.js').Translate} t @param {number} days */
  constructor(t, days) {
    this.input = h('input', { type: 'checkbox', id: newId() });
    this.element = h('p', { class: 'check' }, this.input, h('label', { for: this.input.id }, t('challenge.remember', { count: days })));
  }

  /** No browser is remembered for a recovery code. @param {import('./ways.js').Mode} mode */
  follow(mode) { this.element.hidden = mode === 'recovery'; }

  get chosen() { return this.input.checked && !this.element.hidden; }
}
