import { h } from './dom.js';
import { CountersignElement, define } from './element.js';
import { CountersignEnroll } from './enroll.js';
import { CountersignUsers } from './users.js';
import { actions, button, field, more, notice } from './controls.js';
import { policySheet } from './policy-sheet.js';
import { Problem, say } from './problem.js';
import { securitySheet } from './security-sheet.js';
import { stepUpPanel } from './step-up.js';
import { day } from './strings.js';

/** @typedef {import('./client.js').Schemas} Schemas */

const DAY = 86_400; // seconds
const GRACES = [0, 7, 14, 30]; // days

/**
 * The switch that requires two-step verification of everyone, with what it would do. It takes an `admin` ticket.
 *
 * @fires policy-changed with `{ policy }` as it is now
 */
export class CountersignPolicy extends CountersignElement {
  #place = h('div', { class: 'place' });
  #etag = '';

  constructor() {
    super();
    this.shadowRoot?.adoptedStyleSheets.push(securitySheet, policySheet);
  }

  /** @override */
  async start() {
    const { signal } = this;
    const { value: policy, etag } = await this.client.policy();
    if (signal.aborted) return;
    this.#etag = etag;
    this.#place = h('div', { class: 'place', id: 'place' });
    this.show(h('h2', { part: 'heading' }, this.t('policy.title')), this.#switch(policy), this.#place);
  }

  /** @param {Schemas['Policy']} policy */
  #switch(policy) {
    const days = Math.round(policy.grace_period_seconds / DAY);
    const since = { day: day(this.t, policy.mandatory_since ?? '1970-01-01'), count: days };
    const state = !policy.mandatory ? 'policy.is.off' : days > 0 ? 'policy.is.on.grace' : 'policy.is.on';
    this.toggle = button('link', this.t('policy.switch'), () => this.#turn(!policy.mandatory));
    this.toggle.className = 'switch';
    this.toggle.setAttribute('role', 'switch');
    this.toggle.setAttribute('aria-checked', String(policy.mandatory));
    this.toggle.setAttribute('aria-describedby', 'state');
    this.toggle.append(h('i'));
    return h('div', { class: 'stack tight' }, this.toggle, h('p', { class: 'muted', id: 'state' }, this.t(state, since)));
  }

  /** Nobody is asked for a code who may not do it in the end. @param {boolean} mandatory */
  async #turn(mandatory) {
    try {
      const preview = await this.client.preview(mandatory);
      if (!preview.value.allowed) this.#blocked(preview.value.blocked_reason ?? '', mandatory);
      else if (mandatory) this.#require(preview);
      else this.#lift();
    } catch (error) {
      this.report(error);
      this.#open(this.trouble(error, () => this.#turn(mandatory)));
    }
  }

  /** Shows whom it would reach, before it is required. @param {{ value: Schemas['PolicyPreview'], etag: string }} preview */
  #require(preview) {
    this.#etag = preview.etag;
    const numbers = h('div', { class: 'stack', role: 'status' }, this.#numbers(preview.value));
    const grace = h('select', null, GRACES.map((days) => h('option', { value: days * DAY },
      days ? this.t('policy.grace.days', { count: days }) : this.t('policy.grace.now'))));
    const confirm = stepUpPanel(this, {
      title: this.t('policy.on.title'), lead: this.t('policy.on.lead'), submit: this.t('policy.on.submit'),
      act: (token) => this.#change({ mandatory: true, grace_period_seconds: Number(grace.value) }, token, async () => {
        const fresh = await this.client.preview(true);
        this.#etag = fresh.etag;
        numbers.replaceChildren(this.#numbers(fresh.value));
      }),
      oncancel: () => this.#close(),
    });
    this.#open(h('div', { class: 'stack' }, numbers, field(this.t('policy.grace'), grace), confirm));
  }

  /** @param {Schemas['PolicyPreview']} preview */
  #numbers({ affected, users_href: href }) {
    const { active_users: count, admins } = affected;
    if (count === 0) {
      return notice('done', h('h3', null, this.t('policy.affected.none')), h('p', null, this.t('policy.affected.none.lead')));
    }
    const list = more(this.t('policy.who'));
    list.addEventListener('toggle', () => {
      const users = this.lend(new CountersignUsers());
      users.filter = Object.fromEntries(new URL(href, this.base).searchParams);
      list.lastElementChild?.replaceChildren(users);
    }, { once: true });
    return h('div', { class: 'stack' },
      notice('warn', h('h3', null, this.t('policy.affected', { count })), h('p', null, this.t('policy.affected.lead')),
        admins > 0 && h('p', null, this.t('policy.admins', { count: admins }))), list);
  }

  #lift() {
    this.#open(stepUpPanel(this, {
      title: this.t('policy.off.title'), lead: this.t('policy.off.lead'), submit: this.t('policy.off.submit'), kind: 'danger',
      act: (token) => this.#change({ mandatory: false }, token, async () => { this.#etag = (await this.client.policy()).etag; }),
      oncancel: () => this.#close(),
    }));
  }

  /** @param {Schemas['PolicyPatch']} patch @param {string} token @param {() => Promise<void>} look again, when it has changed meanwhile */
  async #change(patch, token, look) {
    try {
      const policy = await this.client.changePolicy(patch, this.#etag, token);
      this.emit('policy-changed', { policy });
      await this.start();
      this.toggle?.focus();
    } catch (error) {
      if (error instanceof Problem && error.code === 'precondition_failed') await look();
      throw error;
    }
  }

  /** @param {string} reason @param {boolean} mandatory what was asked for */
  #blocked(reason, mandatory) {
    if (reason !== 'own_two_factor_required') {
      return this.#open(notice('info', h('p', null, reason === 'forbidden' ? this.t('policy.forbidden') : say(this.t, new Problem(reason)))));
    }
    return this.#open(h('div', { class: 'stack' }, notice('info', h('p', null, this.t('policy.own'))),
      actions(
        button('primary', this.t('policy.own.setup'), () => this.#enroll(mandatory)),
        button('plain', this.t('cancel'), () => this.#close()))));
  }

  /** @param {boolean} mandatory */
  #enroll(mandatory) {
    const enroll = this.lend(new CountersignEnroll());
    enroll.setAttribute('autofocus', '');
    enroll.addEventListener('enrolled', () => this.#place.append(actions(button('primary', this.t('continue'), () => this.#turn(mandatory)))));
    this.#open(enroll);
  }

  /** @param {HTMLElement} panel */
  #open(panel) {
    this.#place.replaceChildren(panel);
    this.lead('.place :is(h2, h3, .notice)');
  }

  #close() {
    this.#place.replaceChildren();
    this.toggle?.focus();
  }
}

define('countersign-policy', CountersignPolicy);
