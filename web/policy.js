import { changePolicy, getPolicy, previewMandate, reachOfMandate } from './admin-calls.js';
import { h, newId } from './dom.js';
import { CountersignElement, define } from './element.js';
import { enrollScreen } from './inner-screens.js';
import { actions, button, field, notice } from './controls.js';
import { mandateFacts, mandateForm, reachesMore } from './mandate-form.js';
import { affectedView, progressView } from './mandate-reach.js';
import { policySheet } from './policy-sheet.js';
import { Problem, say } from './problem.js';
import { securitySheet } from './security-sheet.js';
import { stepUpPanel } from './step-up.js';
import { day, span } from './strings.js';

/** @typedef {import('./client.js').Schemas} Schemas */
/** @typedef {'rule.renew' | 'rule.show' | 'rule.verify'} Rule */

const DAY = 86_400; // seconds
const REMEMBERED = [0, 7, 14, 30, 60, 90]; // days

/**
 * What the tenant decides for its users: whether two-step verification is required of everyone, with what that would do, and
 * what may be done with recovery codes, whether passkeys verify their user, and whether browsers are remembered. It takes an `admin` ticket.
 *
 * Attribute `dialog`: it asks in a modal dialogue instead of in place.
 *
 * @fires policy-changed with `{ policy }` as it is now
 */
class PolicyScreen extends CountersignElement {
  /** @type {HTMLElement} */ #place = h('div', { class: 'place' });
  #etag = '';
  /** @type {Schemas['Policy'] | null} */ #policy = null;
  /** @type {{ value: Schemas['PolicyPreview'], etag: string } | null} */ #preview = null;
  /** @type {import('./ways.js').Method[]} of who decides */ #methods = [];

  constructor() {
    super();
    this.shadowRoot?.adoptedStyleSheets.push(securitySheet, policySheet);
  }

  /** @override @type {import('./skeleton.js').Placeholder[]} */
  get outline() { return ['title', 'field', 'line', 'field', 'field', 'line', 'field', 'line', 'field']; }

  /** @override @param {string} [said] */
  async start(said) {
    const { signal } = this;
    const { value: policy, etag } = await getPolicy(this.client);
    const reach = policy.mandatory ? await reachOfMandate(this.client) : null;
    if (signal.aborted) return;
    this.#etag = etag;
    this.#policy = policy;
    this.#place = this.#newPlace();
    this.show(h('h2', { part: 'heading' }, this.t('policy.title')), said && notice('done', h('p', null, said)), this.#mandate(policy, reach),
      this.#rules('rule.title',
        this.#rule('rule.renew', policy.recovery_code_regeneration, (on) => ({ recovery_code_regeneration: on })),
        this.#rule('rule.show', policy.recovery_code_custody === 'viewable', (on) => ({ recovery_code_custody: on ? 'viewable' : 'hash_only' }))),
      this.#rules('rule.passkeys', this.#rule('rule.verify', policy.passkey_user_verification === 'required',
        (on) => ({ passkey_user_verification: on ? 'required' : 'discouraged' }))),
      this.#rules('rule.remember', this.#remember(policy.remember_browser_days)));
  }

  /** What its author proves it with: no one-time pass decides for others. */
  get #has() { return { methods: this.#methods, passes: false, byCodeOnly: !this.#methods?.includes('recovery_code') }; }

  /** For how many days browsers are remembered. @param {number} days */
  #remember(days) {
    const toggle = button('link', this.t('rule.remember.change'), () => {
      this.toggle = toggle;
      row.append(this.#place);
      return this.#ifAllowed(async () => {
        this.#etag = (await getPolicy(this.client)).etag;
        this.#askDays(days);
      });
    });
    toggle.dataset.name = 'rule.remember';
    const row = h('div', { class: 'stack tight' }, h('p', { class: 'muted' }, this.#daysText(days)), actions(toggle));
    return row;
  }

  /** @param {number} now */
  #askDays(now) {
    const choices = [...new Set([...REMEMBERED, now])].sort((a, b) => a - b);
    const select = h('select', null, choices.map((days) => h('option', { value: days, selected: days === now }, this.#daysText(days))));
    this.#open(stepUpPanel(this, {
      action: 'patch_policy', title: this.t('rule.remember.title'), lead: this.t('rule.remember.lead'), submit: this.t('rule.remember.submit'),
      ...this.#has, fields: [field(this.t('rule.remember.days'), select)],
      act: (token) => this.#change({ remember_browser_days: Number(select.value) }, token, async () => { this.#etag = (await getPolicy(this.client)).etag; }),
      oncancel: () => this.#close(),
    }), ':is(select, input, button)');
  }

  /** @param {number} days */
  #daysText(days) { return days > 0 ? this.t('rule.remember.for', { count: days }) : this.t('rule.remember.never'); }

  /** Where it asks. */
  #newPlace() {
    if (!this.hasAttribute('dialog')) return h('div', { class: 'place' });
    const dialog = h('dialog', { class: 'place', part: 'dialog' });
    dialog.addEventListener('close', () => { if (dialog === this.#place && dialog.firstChild) this.#close(); }); // by the Escape key
    return dialog;
  }

  /** @param {Schemas['Policy']} policy @param {Schemas['PolicyPreview'] | null} reach how far it has come */
  #mandate(policy, reach) {
    const row = this.#switch('policy.switch', this.#mandateText(policy), policy.mandatory, () => this.#turnMandate(!policy.mandatory));
    const facts = mandateFacts(this.t, policy);
    if (facts.length > 0) row.append(h('p', { class: 'hint' }, facts.join(' ')));
    if (reach) row.append(progressView(this, reach));
    if (policy.mandatory) {
      const change = button('link', this.t('policy.change'), () => {
        this.toggle = change;
        row.append(this.#place);
        return this.#ifAllowed(() => this.#require(), true);
      });
      change.dataset.name = 'policy.change';
      row.append(actions(change));
    }
    return row;
  }

  /** Since when it holds or from when on, and how long people have. @param {Schemas['Policy']} policy */
  #mandateText({ mandatory, mandatory_since: since, mandatory_from: from, grace_period_seconds: grace }) {
    if (!mandatory) return this.t('policy.is.off');
    const comes = from && new Date(from) > new Date();
    const given = grace === 0 ? '' : grace % DAY ? '.within' : '.grace';
    return this.t(`policy.is.${comes ? 'coming' : 'on'}${given}`, { day: day(this.t, (comes ? from : since) ?? '1970-01-01'), count: grace / DAY, time: span(this.t, grace) });
  }

  /** @param {'rule.title' | 'rule.passkeys' | 'rule.remember'} title @param {...HTMLElement} rules */
  #rules(title, ...rules) {
    const id = newId();
    return h('section', { class: 'stack end', role: 'group', 'aria-labelledby': id }, h('h3', { id }, this.t(title)), ...rules);
  }

  /**
   * @param {Rule} rule
   * @param {boolean} on
   * @param {(on: boolean) => Schemas['PolicyPatch']} patch
   */
  #rule(rule, on, patch) {
    const turned = /** @type {const} */ (`${rule}.${on ? 'off' : 'on'}`);
    return this.#switch(rule, this.t(`${rule}.is.${on ? 'on' : 'off'}`), on, () => this.#ifAllowed(async () => {
      this.#etag = (await getPolicy(this.client)).etag;
      this.#ask(turned, rule === 'rule.show' && on, patch(!on));
    }));
  }

  /**
   * A switch, with what it says now and what it asks under it.
   *
   * @param {'policy.switch' | Rule} name
   * @param {string} state
   * @param {boolean} on
   * @param {() => unknown} turn
   */
  #switch(name, state, on, turn) {
    const id = newId();
    const toggle = button('link', this.t(name), () => {
      this.toggle = toggle;
      row.append(this.#place);
      return turn();
    });
    toggle.className = 'switch';
    toggle.setAttribute('role', 'switch');
    toggle.setAttribute('aria-checked', String(on));
    toggle.setAttribute('aria-describedby', id);
    toggle.dataset.name = name;
    toggle.append(h('i'));
    const row = h('div', { class: 'stack tight' }, toggle, h('p', { class: 'muted', id }, state));
    return row;
  }

  /** Nobody is asked for a code who may not do it in the end. @param {() => void | Promise<void>} go what to do if they may */
  async #ifAllowed(go, mandatory = false) {
    try {
      const [preview, me] = await Promise.all([previewMandate(this.client, mandatory), this.client.user()]);
      this.#preview = preview;
      this.#methods = me.two_factor.methods;
      const { allowed, blocked_reason: reason } = this.#preview.value;
      if (allowed) await go();
      else this.#blocked(reason ?? '', () => this.#ifAllowed(go, mandatory));
    } catch (error) {
      this.report(error);
      this.#open(this.errorView(error, () => this.#ifAllowed(go, mandatory)));
    }
  }

  /** @param {boolean} mandatory */
  #turnMandate(mandatory) {
    return this.#ifAllowed(async () => {
      if (mandatory) return this.#require();
      this.#etag = (await getPolicy(this.client)).etag;
      return this.#ask('policy.off', true, { mandatory: false });
    }, mandatory);
  }

  /** Shows whom it would reach, before it is required, or more is. */
  async #require() {
    if (!this.#preview) return;
    const { value: policy } = await getPolicy(this.client);
    const numbers = h('div', { class: 'stack', role: 'status', id: newId() });
    const form = mandateForm(this.t, policy, () => this.attempt(look));
    const look = async () => {
      const { signal } = this;
      const [fresh, now] = await Promise.all([previewMandate(this.client, true, form.query), getPolicy(this.client)]);
      if (signal.aborted) return;
      this.#etag = fresh.etag;
      this.#policy = now.value;
      this.#preview = fresh;
      seen.policy = now.etag;
      const { allowed, blocked_reason: reason } = fresh.value;
      numbers.replaceChildren(affectedView(this, fresh.value), ...(allowed ? [] : [notice('info', h('p', null, this.#why(reason ?? '', form.query.mandatory_methods)))]));
      confirm.hidden = !allowed; // nobody proves what comes to nothing
      leave.hidden = allowed;
    };
    const seen = { policy: '' };
    form.element.open = policy.mandatory; // it is what they came for
    const what = policy.mandatory ? 'policy.change' : 'policy.on';
    const confirm = stepUpPanel(this, {
      action: 'patch_policy', title: this.t(`${what}.title`), submit: this.t(`${what}.submit`), ...this.#has,
      check: form.check,
      act: (token) => {
        const more = reachesMore(this.#policy ?? policy, form.patch);
        return this.#change(form.patch, token, look, more ? this.#etag : seen.policy);
      },
      oncancel: () => this.#close(),
    });
    confirm.setAttribute('aria-describedby', numbers.id); // what is to be known before the code is typed
    const leave = actions(button('plain', this.t('cancel'), () => this.#close()));
    const reword = () => {
      const words = form.usual ? 'policy.on' : 'policy.some';
      if (!policy.mandatory) confirm.reword(this.t(`${words}.title`), this.t(`${words}.submit`));
    };
    form.element.addEventListener('change', reword);
    reword();
    await look();
    this.#open(h('div', { class: 'stack' }, numbers, form.element, confirm, leave), confirm.hidden ? undefined : '.panel form :is(input, button)');
  }

  /** @param {'policy.off' | `${Rule}.${'on' | 'off'}`} what @param {boolean} grave @param {Schemas['PolicyPatch']} patch */
  #ask(what, grave, patch) {
    this.#open(stepUpPanel(this, {
      action: 'patch_policy', title: this.t(`${what}.title`), lead: this.t(`${what}.lead`), submit: this.t(`${what}.submit`), kind: grave ? 'danger' : 'primary',
      ...this.#has,
      act: (token) => this.#change(patch, token, async () => { this.#etag = (await getPolicy(this.client)).etag; }),
      oncancel: () => this.#close(),
    }), ':is(input, button)');
  }

  /** @param {Schemas['PolicyPatch']} patch @param {string} token @param {() => Promise<void>} look again, when it has changed meanwhile */
  async #change(patch, token, look, etag = this.#etag) {
    try {
      const policy = await changePolicy(this.client, patch, etag, token);
      this.emit('policy-changed', { policy });
      const { name } = this.toggle?.dataset ?? {};
      await this.start(this.#doneText(patch, policy));
      this.focusOn(`[data-name="${name}"]`);
    } catch (error) {
      if (error instanceof Problem && error.code === 'precondition_failed') await look();
      throw error;
    }
  }

  /** @param {Schemas['PolicyPatch']} patch @param {Schemas['Policy']} policy as it is now */
  #doneText({ mandatory }, { mandatory_from: from }) {
    if (mandatory === undefined || mandatory === this.#policy?.mandatory) return this.t('policy.done.changed');
    if (!mandatory) return this.t('policy.done.off');
    return from && new Date(from) > new Date() ? this.t('policy.done.coming', { day: day(this.t, from) }) : this.t('policy.done.on');
  }

  /** Why the policy cannot be changed like this. @param {string} reason @param {string} [methods] that the mandate would demand */
  #why(reason, methods) {
    if (reason === 'forbidden') return this.t('policy.forbidden');
    if (reason === 'last_admin' && methods === 'phishing_resistant') return this.t('policy.no_passkey');
    return say(this.t, new Problem(reason));
  }

  /** @param {string} reason @param {() => unknown} again */
  #blocked(reason, again) {
    if (reason !== 'own_two_factor_required') {
      return this.#open(notice('info', h('p', null, this.#why(reason, this.#policy?.mandatory_methods))));
    }
    return this.#open(h('div', { class: 'stack' }, notice('info', h('p', null, this.t('policy.own'))),
      actions(
        button('primary', this.t('policy.own.setup'), () => this.#enroll(again)),
        button('plain', this.t('cancel'), () => this.#close()))));
  }

  /** @param {() => unknown} again */
  #enroll(again) {
    return this.attempt(async () => {
      const { signal, turn } = this;
      const enroll = await enrollScreen(this);
      if (signal.aborted || this.turn !== turn) return; // something else was chosen meanwhile
      enroll.setAttribute('autofocus', '');
      enroll.addEventListener('enrolled', () => this.#place.append(actions(button('primary', this.t('continue'), again))));
      this.#open(enroll);
    });
  }

  /** @param {HTMLElement} panel @param {string} [first] what of it is read or typed first */
  #open(panel, first = ':is(h2, h3, .notice)') {
    this.turn++;
    this.#place.replaceChildren(panel);
    if (this.#place instanceof HTMLDialogElement && !this.#place.open) {
      this.#place.setAttribute('aria-label', this.toggle?.textContent ?? '');
      this.#place.showModal();
    }
    this.focusOn(`.place ${first}`);
  }

  #close() {
    this.turn++;
    this.#place.replaceChildren();
    if (this.#place instanceof HTMLDialogElement) this.#place.close();
    this.toggle?.focus();
  }
}

export const CountersignPolicy = define('countersign-policy', PolicyScreen);
/** @typedef {InstanceType<typeof CountersignPolicy>} CountersignPolicy */
