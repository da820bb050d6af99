import { codesOf } from './app-codes.js';
import { h, icon } from './dom.js';
import { CountersignElement, define } from './element.js';
import { enrollScreen } from './inner-screens.js';
import { recentActivity } from './activity.js';
import { actions, button, notice } from './controls.js';
import { browserList } from './browsers.js';
import { deviceList } from './devices.js';
import { ownPass } from './given-pass.js';
import { forgetting } from './passkey-forget.js';
import { recoveryCodes } from './recovery-codes.js';
import { RenameForm } from './rename.js';
import { resyncPanel, untilItCounts } from './resync.js';
import { securitySheet } from './security-sheet.js';
import { stepUpPanel } from './step-up.js';
import { day } from './strings.js';

/** @typedef {import('./client.js').Schemas} Schemas */
/** @typedef {Schemas['Factor']} Factor */

const MOST = 5; // factors
const FEW = 2; // recovery codes

/**
 * Where people look after their own two-step verification. It takes an `account` ticket.
 *
 * Attribute `regeneration`: the policy lets people renew their recovery codes; `no-reveal`: it keeps none to show.
 *
 * @fires changed when devices, their names or clocks, remembered browsers or recovery codes are others than before
 * @fires disabled when two-step verification was turned off
 */
class SecurityScreen extends CountersignElement {
  /** @type {Factor[]} */ #factors = [];
  /** @type {import('./ways.js').Method[]} */ #methods = [];
  #place = h('div', { class: 'place' });

  constructor() {
    super();
    this.shadowRoot?.adoptedStyleSheets.push(securitySheet);
  }

  /** @override @type {import('./skeleton.js').Placeholder[]} */
  get outline() { return ['title', 'line', 'line', 'row', 'row', 'line', 'row']; }

  /** What the person proves things with. */
  get #has() {
    const passOnly = !this.#methods.includes('recovery_code');
    return { methods: this.#methods, codes: codesOf(this.#factors), byCodeOnly: passOnly && !this.#methods.includes('access_pass'), passOnly };
  }

  /** @override @param {import('./dom.js').Child} [said] */
  async start(said) {
    const { signal } = this;
    const user = await this.client.user();
    const { enabled, recovery_codes_remaining: left } = user.two_factor;
    const [{ factors }, { browsers }, { access_passes: passes }, codes] = await Promise.all(enabled
      ? [this.client.factors(), this.client.browsers(), this.client.passes(), left === 0 ? this.client.recoveryCodes() : null]
      : [{ factors: [] }, { browsers: [] }, { access_passes: [] }, null]);
    if (signal.aborted) return;
    this.#factors = factors.filter((factor) => factor.state === 'active');
    this.#methods = user.two_factor.methods;
    this.#place = h('div', { class: 'place' });
    this.show(
      h('header', null, h('h2', { part: 'heading' }, this.t('security.title')), this.#status(user)),
      said && notice('done', h('p', null, said)),
      ...(enabled
        ? [
          this.#devices(), browsers.length > 0 && this.#browsers(browsers), ownPass(this.t, passes, () => this.#endPass()),
          codes?.total === 0 ? this.#noCodes() : this.#codes(user),
        ]
        : [this.#setUp(user)]),
      recentActivity(this), enabled && this.#off(user));
  }

  /** @param {Schemas['User']} user */
  #status({ auth_source: source, two_factor: status }) {
    if (source !== 'local') return h('p', { class: 'muted' }, this.t('security.directory'));
    if (!status.enabled) return h('p', { class: 'muted' }, this.t('security.off'));
    return h('p', { class: 'status' }, icon('shield'), h('span', null, this.t('security.on', { day: day(this.t, status.enabled_at ?? '') })));
  }

  /** @param {Schemas['User']} user */
  #setUp({ two_factor: status }) {
    if (status.exempt_reason === 'auth_source') return notice('info', h('p', null, this.t('problem.auth_source_not_supported')));
    const later = status.enroll_by && new Date(status.enroll_by) > new Date() && day(this.t, status.enroll_by);
    const due = status.required && (later ? this.t('security.due', { day: later }) : this.t('security.required'));
    return h('div', { class: 'stack' }, due && notice('info', h('p', null, due)),
      actions(button('primary', this.t('security.setup'), () => this.#enroll({}))));
  }

  #devices() {
    const list = deviceList(this.t, this.#factors, (care, factor, row) => {
      if (care === 'devices.rename') return this.#rename(factor, row);
      if (care === 'devices.replace') return this.#enroll({ replace: factor.factor_id, name: factor.name });
      if (care === 'devices.resync') return this.#resync(factor);
      return this.#open(row, this.#removal(factor));
    });
    const room = this.#factors.length < MOST;
    return h('section', { class: 'stack' }, h('h3', null, this.t('devices.title')), list,
      room && actions(button('plain', this.t('devices.add'), () => this.#enroll({ further: '' }))));
  }

  #endPass() {
    return this.attempt(async () => {
      await this.client.endPass();
      await this.#again(this.t('pass.ended'));
    });
  }

  /** In the place of what the row says. @param {Factor} factor @param {HTMLElement} row */
  #rename(factor, row) {
    const shown = /** @type {HTMLElement} */ (row.querySelector('.tight'));
    const first = `[data-factor="${factor.factor_id}"] button`;
    const form = new RenameForm(this, factor.name, {
      rename: async (name) => {
        await this.client.rename(factor.factor_id, name);
        await this.#changed(this.t('devices.renamed', { name }), first);
      },
      oncancel: () => {
        form.element.replaceWith(shown);
        this.focusOn(first);
      },
    });
    shown.replaceWith(form.element);
    form.field.focus();
  }

  /** @param {Factor} factor */
  #removal(factor) {
    const passkey = factor.type === 'passkey';
    return stepUpPanel(this, {
      action: 'remove_factor', title: this.t('devices.remove.title', { name: factor.name }), ...this.#has,
      lead: this.t(passkey ? 'devices.remove.passkey' : 'devices.remove.lead'),
      submit: this.t(passkey ? 'devices.remove.passkey.submit' : 'devices.remove.submit'), kind: 'danger',
      act: async (token) => {
        await forgetting(this.client, passkey, () => this.client.removeFactor(factor.factor_id, token));
        await this.#changed(this.t(passkey ? 'devices.removed.passkey' : 'devices.removed'));
      },
      oncancel: () => this.#close(),
    });
  }

  /** It takes trust away and gives none, so that nothing is asked for. @param {Schemas['RememberedBrowser'][]} browsers */
  #browsers(browsers) {
    return browserList(this.t, browsers, async (browser) => {
      await this.attempt(async () => {
        await this.client.forgetBrowsers(browser?.browser_id);
        await this.#changed(this.t(browser ? 'browsers.forgotten' : 'browsers.forgotten.all'));
      });
    });
  }

  /** @param {Schemas['User']} user */
  #codes({ two_factor: { recovery_codes_remaining: left } }) {
    const section = h('section', { class: 'stack' },
      h('header', null, h('h3', null, this.t('codes.title')),
        h('p', { class: 'dots', 'aria-hidden': 'true' }, Array.from({ length: 8 }, (_, i) => h('i', { class: i < left && 'left' }))),
        h('p', { class: 'muted' }, this.t('codes.left', { count: left }))),
      left <= FEW && notice('warn', h('p', null, this.t('codes.few'))));
    /** @param {'codes.show' | 'codes.renew'} what @param {(token: string) => Promise<Schemas['RecoveryCodes']>} fetch */
    const offer = (what, fetch) => button('plain', this.t(what), () => this.#open(section, this.#codesPanel(what, fetch)));
    const shown = left > 0 && !this.hasAttribute('no-reveal');
    const renewed = this.hasAttribute('regeneration');
    section.append(actions(
      shown && offer('codes.show', (token) => this.client.reveal(this.userId, token)),
      renewed && offer('codes.renew', (token) => this.client.regenerate(token))));
    return section;
  }

  /** Who brought a factor from elsewhere never had any, and gets them whatever the policy says of new ones. */
  #noCodes() {
    const section = h('section', { class: 'stack' }, h('h3', null, this.t('codes.title')), notice('warn', h('p', null, this.t('codes.none'))));
    const get = () => this.#open(section, this.#codesPanel('codes.get', (token) => this.client.regenerate(token)));
    section.append(actions(button('primary', this.t('codes.get'), get)));
    return section;
  }

  /** @param {'codes.show' | 'codes.renew' | 'codes.get'} what @param {(token: string) => Promise<Schemas['RecoveryCodes']>} fetch */
  #codesPanel(what, fetch) {
    return stepUpPanel(this, {
      action: what === 'codes.show' ? 'reveal_recovery_codes' : 'regenerate_recovery_codes',
      title: this.t(what), lead: this.t(`${what}.lead`), submit: this.t(what), ...this.#has, byCodeOnly: true,
      act: async (token) => {
        const { recovery_codes: codes } = await fetch(token);
        this.#place.replaceChildren(h('div', { class: 'stack panel' },
          h('h3', null, this.t('codes.list')), recoveryCodes(codes, this.t),
          actions(button('plain', this.t('codes.hide'), () => this.#again()))));
        this.focusOn('.place h3');
        if (what !== 'codes.show') this.emit('changed');
      },
      oncancel: () => this.#close(),
    });
  }

  /** @param {Schemas['User']} user */
  #off({ two_factor: { required } }) {
    if (required) return h('p', { class: 'hint end' }, this.t('off.required'));
    const section = h('section', { class: 'stack end' });
    const off = button('link', this.t('off.offer'), () => this.#open(section, stepUpPanel(this, {
      action: 'disable', title: this.t('off.title'), lead: this.t('off.lead'), submit: this.t('off.submit'), kind: 'danger', ...this.#has,
      act: async (token) => {
        await forgetting(this.client, this.#factors.some(({ type }) => type === 'passkey'), () => this.client.disable(this.userId, token));
        this.emit('disabled', { userId: this.userId });
        await this.#again(this.t('off.done'));
      },
      oncancel: () => this.#close(),
    })));
    off.classList.add('dangerous');
    section.append(off);
    return section;
  }

  /** One question at a time, where it was raised. @param {HTMLElement} at @param {HTMLElement} panel */
  #open(at, panel) {
    this.turn++;
    this.opener = /** @type {HTMLElement | null} */ (this.shadowRoot?.activeElement);
    this.#place.replaceChildren(panel);
    at.append(this.#place);
    this.focusOn('.place :is(input, button)');
  }

  #close() {
    this.#place.replaceChildren();
    this.opener?.focus();
  }

  /** @param {Factor} factor */
  #resync(factor) {
    this.show(resyncPanel(this, [factor], {}, {
      onresynced: ({ step_up_token: token }, wait) => this.#changed(token === null ? untilItCounts(this, wait) : this.t('resync.done')),
      oncancel: () => this.#again(),
    }));
    this.focusOn('select, input');
  }

  /** @param {Record<string, string>} attributes */
  #enroll(attributes) {
    return this.attempt(async () => {
      const { signal, turn } = this;
      const enroll = await enrollScreen(this);
      if (signal.aborted || this.turn !== turn) return; // something else was chosen meanwhile
      enroll.setAttribute('autofocus', '');
      for (const [name, value] of Object.entries(attributes)) enroll.setAttribute(name, value);
      const back = button('link', this.t('back'), () => this.#again());
      const leave = h('div', { class: 'actions' }, back);
      enroll.addEventListener('confirmed', () => { leave.hidden = true; });
      enroll.addEventListener('enrolled', () => leave.replaceWith(actions(button('primary', this.t('done'), () => this.#changed()))));
      this.show(enroll, leave);
    });
  }

  /** @param {import('./dom.js').Child} [said] @param {string} [focused] */
  #changed(said, focused) {
    this.emit('changed');
    return this.#again(said, focused);
  }

  /** @param {import('./dom.js').Child} [said] @param {string} [focused] */
  async #again(said, focused) {
    await this.attempt(() => this.start(said));
    this.focusOn(focused);
  }
}

export const CountersignSecurity = define('countersign-security', SecurityScreen);
/** @typedef {InstanceType<typeof CountersignSecurity>} CountersignSecurity */
