import { h, newId } from './dom.js';
import { button, notice, setBusy } from './controls.js';
import { timer, untilNextCode } from './countdown.js';
import { mustBegin, say } from './problem.js';
import { passkeyDemanded } from './ways.js';

/** @typedef {import('./element.js').CountersignElement} Screen */

/** What a form does with what was typed: it looks right, or it throws a Problem. @typedef {() => Promise<void>} Attempt */

/** What is waited for: that failures are forgiven, or the next code after a clock was corrected. @typedef {'wait' | 'next'} Wait */

const FOR_GOOD = '9999'; // the year until which codes are locked that only another proof opens

/**
 * The failures in a row of one kind of proof, and the wait they brought: codes and recovery codes are counted apart.
 */
export class Lane {
  failures = 0;
  closed = false;
  until = 0;
  /** @type {Wait} */ why = 'wait';

  get wait() { return Math.max(0, Math.ceil((this.until - Date.now()) / 1000)); }
}

/**
 * What the service still looks at, and what the person has; null where that is not known. Where a passkey is demanded, it does not
 * say whether there is a one-time pass.
 *
 * @param {Screen} screen
 */
export async function openLanes({ client }) {
  const user = await client.user().catch(() => null); // what is wrong shows with the next code
  const { recovery_codes_remaining: left, locked_until: locked, methods = null } = user?.two_factor ?? {};
  const demanded = user !== null && await passkeyDemanded(client, user);
  return { user, code: !locked?.startsWith(FOR_GOOD), recovery: left !== 0 || demanded || Boolean(methods?.includes('access_pass')), passOnly: left === 0, methods, demanded };
}

/** A form that proves something: one attempt at a time, a message under the field, and waits that end by themselves. */
export class AttemptForm {
  /** @param {Screen} screen @param {{ submit: string, kind?: 'primary' | 'danger' }} options */
  constructor(screen, { submit, kind = 'primary' }) {
    this.screen = screen;
    this.t = screen.t;
    this.busy = false;
    this.held = false;
    /** @type {() => void} */ this.stop = () => {};
    this.message = h('div', { id: newId(), class: 'message' });
    this.fields = h('div', { class: 'stack' });
    this.button = button(kind, submit, () => {});
    this.button.type = 'submit';
    this.row = h('div', { class: 'actions wide' }, this.button);
    this.element = h('form', { class: 'stack', novalidate: true }, this.fields, this.message, this.row);
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    screen.signal.addEventListener('abort', () => this.stop());
  }

  /** What the button does. */
  submit() {}

  /** Whether the button does anything yet. */
  get ready() { return true; }

  /** Where the next digit goes. @returns {{ focus(): void, fix(fixed: boolean): void } | null} */
  get field() { return null; }

  /** @param {...(Node | string)} content */
  tell(...content) {
    this.stop();
    this.stop = () => {};
    this.message.replaceChildren(...content);
  }

  /** @param {Attempt} work */
  async attempt(work) {
    if (this.busy) return;
    this.#busy(true);
    const { signal } = this.screen;
    try {
      await work();
    } catch (error) {
      if (signal.aborted) return;
      this.#busy(false);
      this.screen.report(error);
      this.refused(error);
      return;
    }
    this.#busy(false);
  }

  /** @param {boolean} busy */
  #busy(busy) {
    this.busy = busy;
    this.field?.fix(busy);
    setBusy(this.button, busy);
  }

  /** Says why an attempt failed. What was typed stays, unless it was wrong. @param {unknown} error */
  refused(error) {
    if (mustBegin(error)) {
      this.#hold(true);
      this.tell(this.screen.errorView(error, () => {}));
      return;
    }
    this.tell(notice('error', h('p', null, say(this.t, error))));
    this.field?.focus();
  }

  /** Takes no attempt until the wait is over; then says so. @param {number} seconds @param {Wait} [why] */
  wait(seconds, why = 'wait') {
    const clock = timer(Math.max(1, seconds), () => {
      this.#hold(false);
      this.tell(notice('info', h('p', null, this.t(`${why}.over`))));
      this.field?.focus();
    });
    this.tell(notice('wait',
      h('p', null, this.t(`${why}.text`), h('span', { class: 'hidden' }, ' ', this.t('wait.seconds', { count: seconds }))), clock.element));
    this.stop = clock.stop;
    this.#hold(true);
  }

  /** @param {boolean} held */
  #hold(held) {
    this.held = held;
    this.element.classList.toggle('held', held);
    this.field?.fix(held);
    this.button.hidden = held || !this.ready;
  }

  /** When the device will show another code; nothing where its period is not known. @param {number | null} period in seconds */
  nextCode(period) {
    if (period === null) return '';
    const clock = timer(untilNextCode(period), () => line.replaceChildren(this.t('code.next.now')));
    const line = h('span', { class: 'muted' }, `${this.t('code.next')} `, clock.element);
    this.stop = clock.stop;
    return line;
  }
}
