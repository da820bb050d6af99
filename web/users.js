import { givePass, listUsers, reachOfMandate } from './admin-calls.js';
import { h } from './dom.js';
import { CountersignElement, define } from './element.js';
import { exemptPanel, unexemptPanel } from './exemption.js';
import { actions, button, field, more, notice } from './controls.js';
import { givenPass, passMinutes } from './given-pass.js';
import { plainText } from './plain-text.js';
import { recoveryCodes } from './recovery-codes.js';
import { securitySheet } from './security-sheet.js';
import { stepUpPanel } from './step-up.js';
import { line } from './strings.js';
import { nameOf, userRow } from './user-row.js';
import { usersSheet } from './users-sheet.js';

/** @typedef {import('./client.js').Schemas} Schemas */
/** @typedef {Schemas['User']} User */

// Whom a directory manages is no one's to set up here, and so not among those who have it not.
const FILTERS = /** @type {const} */ ({
  all: {}, enabled: { two_factor: 'enabled' }, disabled: { two_factor: 'disabled', auth_source: 'local' }, affected: { affected: 'true' }, directory: { auth_source: 'ldap,saml' },
});
const ACTIONS = /** @type {const} */ ({ 'users.reset': 'disable', 'users.reveal': 'reveal_recovery_codes', 'users.pass': 'give_access_pass' });
const PAUSE = 250; // ms after the last key, until it is searched for

/**
 * The users of a tenant with their two-step verification, for those who look after them. It takes an `admin` ticket.
 *
 * Attribute `limit`: how many on a page. Property `filter`: what holds for everyone shown, as in the API's query; with
 * it, people cannot choose.
 *
 * @fires disabled with `{ userId }` when somebody's was reset
 */
class UsersScreen extends CountersignElement {
  /** @type {Record<string, string> | null} */ filter = null;
  /** @type {string[]} cursors of the pages before this one */ #path = [];
  #cursor = '';
  #turn = 0;
  /** @type {User | null} */ #me = null;
  /** @type {keyof typeof FILTERS} */ #choice = 'all';
  #list = h('ul', { class: 'rows', part: 'users' });
  #found = h('p', { class: 'hint', role: 'status' });
  #said = h('div');
  #pages = h('div', { class: 'actions' });
  #place = h('div', { class: 'place' });
  #search = h('input', { type: 'search', maxlength: 256, autocomplete: 'off' });

  constructor() {
    super();
    this.shadowRoot?.adoptedStyleSheets.push(securitySheet, usersSheet);
    this.#search.addEventListener('input', () => {
      window.clearTimeout(this.pause);
      this.pause = window.setTimeout(() => this.#first(), PAUSE);
    });
  }

  /** @override */
  async start() {
    this.#me = await this.client.user();
    this.#path = [];
    this.#cursor = '';
    await this.#load();
    this.show(
      !this.filter && h('h2', { part: 'heading' }, this.t('users.title')),
      !this.filter && h('div', { class: 'finder' }, field(this.t('users.search'), this.#search), this.#choices()),
      h('div', { class: 'stack tight' }, this.#said, this.#found, this.#list), this.#pages,
      !this.filter && more(this.t('users.clock.title'), h('p', { class: 'muted' }, this.t('users.clock', { help: this.t('help.title'), resync: this.t('resync.offer') }))));
  }

  /** @override @type {import('./skeleton.js').Placeholder[]} */
  get outline() { return [...(this.filter ? [] : /** @type {const} */ (['title', 'field', 'field'])), 'line', 'row', 'row', 'row']; }

  #choices() {
    return h('fieldset', { class: 'field' }, h('legend', null, this.t('users.filter')),
      h('div', { class: 'choices' }, /** @type {(keyof typeof FILTERS)[]} */ (Object.keys(FILTERS)).map((choice) => h('label', null,
        h('input', {
          type: 'radio', name: 'filter', value: choice, checked: choice === this.#choice,
          onchange: () => { this.#choice = choice; this.#first(); },
        }), h('span', null, this.t(`users.${choice}`))))));
  }

  #first() {
    this.#path = [];
    this.#cursor = '';
    return this.attempt(() => this.#load());
  }

  async #load() {
    const { signal } = this;
    const turn = ++this.#turn;
    const filter = { limit: String(this.#limit), ...this.filter, ...FILTERS[this.#choice] };
    if (this.#search.value.trim()) Object.assign(filter, { q: this.#search.value.trim() });
    if (this.#cursor) Object.assign(filter, { cursor: this.#cursor });
    this.#list.setAttribute('aria-busy', 'true');
    const answers = Promise.all([listUsers(this.client, filter), this.#reach()]);
    const answered = await answers.catch((error) => { if (turn === this.#turn) throw error; });
    if (!answered) return;
    const [{ users, next_cursor: next }, reach] = answered;
    const me = this.#me;
    if (signal.aborted || !me || turn !== this.#turn) return; // another filter was chosen meanwhile
    this.#list.removeAttribute('aria-busy');
    this.#said.replaceChildren();
    this.#list.replaceChildren(...users.map((user) => this.#row(user, me)));
    this.#list.hidden = users.length === 0;
    this.#found.textContent = line([this.#count(users, next !== null), reach]);
    this.#pages.replaceChildren(...this.#pageButtons(next));
  }

  /** The numbers of the mandate's warning, for whom they are shown. */
  async #reach() {
    if (this.#choice !== 'affected') return '';
    const reach = await reachOfMandate(this.client);
    return reach && this.t('policy.progress', { count: reach.affected.active_users, total: reach.covered_users });
  }

  /** How many, or which of them where there are further pages. @param {User[]} users @param {boolean} more */
  #count(users, more) {
    const count = users.length;
    if (count === 0) return this.t('users.none');
    if (!more && this.#path.length === 0) return line([this.t('users.found', { count }), ...this.#aside(users)]);
    const from = this.#path.length * this.#limit + 1;
    return this.t('users.range', { from, to: from + count - 1 });
  }

  /** Those of them whom the mandate's warning leaves out. @param {User[]} users */
  #aside(users) {
    const inactive = users.filter(({ active }) => !active).length;
    const exempted = users.filter(({ active, two_factor: { exempt_reason: why } }) => active && why === 'exempted').length;
    return [inactive > 0 && this.t('users.found.inactive', { count: inactive }), exempted > 0 && this.t('users.found.exempted', { count: exempted })];
  }

  get #limit() { return Number(this.getAttribute('limit')) || 20; }

  /** @param {string | null} next */
  #pageButtons(next) {
    const back = this.#path.length > 0 && button('plain', this.t('users.previous'), () => this.#goTo(this.#path.pop() ?? ''));
    const on = next && button('plain', this.t('users.next'), () => {
      this.#path.push(this.#cursor);
      return this.#goTo(next);
    });
    return [back, on].filter((turner) => turner instanceof HTMLElement);
  }

  /** @param {string} cursor */
  async #goTo(cursor) {
    this.#cursor = cursor;
    await this.attempt(() => this.#load());
    this.#found.tabIndex = -1;
    this.#found.focus();
  }

  /** @param {User} user @param {User} me */
  #row(user, me) {
    const panels = {
      'users.reset': () => this.#reset(user), 'users.reveal': () => this.#reveal(user), 'users.pass': () => this.#pass(user),
      'users.exemption': () => exemptPanel(this, user, this.#helper), 'users.unexempt': () => unexemptPanel(this, user, this.#helper),
    };
    return userRow(this.t, user, me, (what, row) => (what === 'users.pass.end' ? this.#endPass(user) : this.#open(row, panels[what]())));
  }

  /** What a panel of its own file needs. @returns {import('./exemption.js').Helper} */
  get #helper() {
    return {
      methods: this.#me?.two_factor.methods ?? null,
      close: () => this.#close(),
      done: (said) => this.#again(said),
    };
  }

  /** Shows the list as it is now, and what was done. @param {string} said */
  async #again(said) {
    await this.#load();
    this.#said.replaceChildren(notice('done', h('p', null, said)));
    this.focusOn('.notice.done'); // the button that was pressed is gone with its row
  }

  /** @param {User} user */
  #reset(user) {
    const name = nameOf(user);
    return this.#ask('users.reset', user, 'danger', async (token, reason) => {
      await this.client.disable(user.user_id, token, reason);
      this.emit('disabled', { userId: user.user_id });
      await this.#again(this.t('users.reset.done', { name }));
    });
  }

  /** @param {User} user */
  #reveal(user) {
    const shown = this.t('users.reveal.shown', { name: nameOf(user) });
    return this.#ask('users.reveal', user, 'primary', async (token, reason) => {
      const { recovery_codes: codes } = await this.client.reveal(user.user_id, token, reason);
      this.#place.replaceChildren(h('div', { class: 'stack panel' },
        h('h3', null, shown), recoveryCodes(codes, this.t, () => {}, shown),
        actions(button('plain', this.t('codes.hide'), () => this.#close()))));
      this.focusOn('.place h3');
    });
  }

  /** @param {User} user */
  #pass(user) {
    const time = passMinutes(this.t);
    return this.#ask('users.pass', user, 'primary', async (token, reason) => {
      const given = await givePass(this.client, user.user_id, token, { reason, minutes: time.minutes });
      this.#place.replaceChildren(givenPass(this.t, given, nameOf(user), () => this.attempt(() => this.#load())));
      this.focusOn('.place h3');
    }, [time.element]);
  }

  /** @param {User} user */
  async #endPass(user) {
    await this.attempt(async () => {
      await this.client.endPass(user.user_id);
      await this.#again(this.t('users.pass.ended', { name: nameOf(user) }));
    });
  }

  /** @param {'users.reset' | 'users.reveal' | 'users.pass'} what @param {User} user @param {'primary' | 'danger'} kind
   * @param {(token: string, reason: string) => Promise<void>} act @param {HTMLElement[]} [further] questions */
  #ask(what, user, kind, act, further = []) {
    const name = nameOf(user);
    const reason = h('input', { type: 'text', maxlength: 500, required: true, autocomplete: 'off' });
    return stepUpPanel(this, {
      action: ACTIONS[what], title: this.t(`${what}.title`, { name }), lead: this.t(`${what}.lead`, { name }),
      submit: this.t(`${what}.submit`), kind, methods: this.#me?.two_factor.methods ?? null, byCodeOnly: what !== 'users.reset' || !this.#me?.two_factor.methods.includes('recovery_code'), passes: false, own: true,
      fields: [field(this.t('users.reason'), reason, this.t('users.reason.hint')), ...further],
      check: () => (plainText(reason) ? null : { text: this.t('users.reason.missing'), input: reason }),
      act: (token) => act(token, plainText(reason)),
      oncancel: () => this.#close(),
    });
  }

  /** @param {HTMLElement} at @param {HTMLElement} panel */
  #open(at, panel) {
    this.opener = /** @type {HTMLElement | null} */ (this.shadowRoot?.activeElement);
    this.#place.replaceChildren(panel);
    at.append(this.#place);
    this.focusOn('.place :is(input, button)');
  }

  #close() {
    this.#place.replaceChildren();
    this.opener?.focus();
  }
}

export const CountersignUsers = define('countersign-users', UsersScreen);
/** @typedef {InstanceType<typeof CountersignUsers>} CountersignUsers */
