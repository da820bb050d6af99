import { endExemption, exempt } from './admin-calls.js';
import { h } from './dom.js';
import { field } from './controls.js';
import { beginningOf, dayIn, dayOf } from './date-field.js';
import { plainText } from './plain-text.js';
import { stepUpPanel } from './step-up.js';
import { day } from './strings.js';
import { nameOf } from './user-row.js';

/** @typedef {import('./client.js').Schemas['User']} User */
/** @typedef {{ methods: import('./ways.js').Method[] | null, close: () => void, done: (said: string) => Promise<void> }} Helper who exempts, and the list they do it in */

const DAYS = 30; // what is proposed
const LONGEST = 366 * 86_400_000; // ms; what the service takes

/**
 * Asks until when and why somebody need not set up two-step verification.
 *
 * @param {import('./element.js').CountersignElement} screen @param {User} user @param {Helper} helper
 */
export function exemptPanel(screen, user, helper) {
  const { t, client } = screen;
  const name = nameOf(user);
  const reason = h('input', { type: 'text', maxlength: 500, required: true, autocomplete: 'off' });
  const until = h('input', { type: 'date', required: true, min: dayIn(1), max: dayOf(new Date(Date.now() + LONGEST)), value: dayIn(DAYS) });
  return stepUpPanel(screen, {
    action: 'put_exemption', title: t('users.exempt.title', { name }), lead: t('users.exempt.lead', { name }), submit: t('users.exempt.submit'),
    methods: helper.methods, byCodeOnly: true, own: true,
    fields: [field(t('users.exempt.date'), until, t('users.exempt.date.hint')), field(t('users.reason'), reason, t('users.exempt.reason.hint'))],
    check: () => {
      if (!until.value || !until.validity.valid) return { text: t('users.exempt.date.missing'), input: until };
      return plainText(reason) ? null : { text: t('users.reason.missing'), input: reason };
    },
    act: async (token) => {
      const { until: end } = await exempt(client, user.user_id, { until: beginningOf(until.value), reason: plainText(reason) }, token);
      await helper.done(t('users.exempt.done', { name, day: day(t, end) }));
    },
    oncancel: helper.close,
  });
}

/** @param {import('./element.js').CountersignElement} screen @param {User} user @param {Helper} helper */
export function unexemptPanel(screen, user, helper) {
  const { t, client } = screen;
  const name = nameOf(user);
  return stepUpPanel(screen, {
    action: 'delete_exemption', title: t('users.unexempt.title', { name }), lead: t('users.unexempt.lead'), submit: t('users.unexempt.submit'),
    methods: helper.methods, byCodeOnly: true, own: true,
    act: async (token) => {
      await endExemption(client, user.user_id, token);
      await helper.done(t('users.unexempt.done', { name }));
    },
    oncancel: helper.close,
  });
}
