import { h } from './dom.js';
import { field, more } from './controls.js';
import { beginningOf, dayIn, dayOf } from './date-field.js';
import { span } from './strings.js';

/** @typedef {import('./client.js').Schemas} Schemas */
/** @typedef {Schemas['Role']} Role */

const DAY = 86_400; // seconds
const GRACES = [0, 7, 14, 30]; // days
/** @type {Role[]} */ const ROLES = ['member', 'user_manager', 'admin', 'owner'];

/**
 * Whom a mandate is about, from when on and with what, folded away: most leave it as it is.
 *
 * @param {import('./strings.js').Translate} t
 * @param {Schemas['Policy']} policy as it is now
 * @param {() => unknown} changed whom it is about, or with what
 */
export function mandateForm(t, policy, changed) {
  const boxes = ROLES.map((role) => h('input', {
    type: 'checkbox', name: 'role', value: role, checked: policy.mandatory_roles?.includes(role) ?? true, onchange: changed,
  }));
  const methods = h('select', { onchange: changed }, (/** @type {const} */ (['any', 'phishing_resistant'])).map((value) =>
    h('option', { value, selected: value === policy.mandatory_methods }, t(`policy.methods.${value}`))));
  const begun = policy.mandatory_from && dayOf(new Date(policy.mandatory_from));
  const from = h('input', { type: 'date', min: dayIn(1), value: begun ?? '' });
  const current = policy.grace_period_seconds; // kept to the second, where nobody chooses another
  const grace = h('select', null, [...new Set([...GRACES.map((days) => days * DAY), current])].sort((one, other) => one - other).map((seconds) =>
    h('option', { value: seconds, selected: policy.mandatory && seconds === current }, graceText(t, seconds))));
  const roles = () => boxes.filter((box) => box.checked).map((box) => /** @type {Role} */ (box.value));
  return {
    element: more(t('policy.more'),
      h('fieldset', { class: 'field' }, h('legend', null, t('policy.roles')),
        h('div', { class: 'roles' }, boxes.map((box) => h('label', null, box, h('span', null, t(`role.${/** @type {Role} */ (box.value)}`)))))),
      field(t('policy.methods'), methods, t('policy.methods.hint')),
      field(t('policy.from'), from, t('policy.from.hint')),
      field(t('policy.grace'), grace)),
    /** @returns {{ text: string, input: HTMLInputElement } | null} */
    check: () => (roles().length > 0 ? null : { text: t('policy.roles.none'), input: boxes[0] }),
    /** Whether it is for everyone, with anything, and from now on. */
    get usual() { return roles().length === ROLES.length && methods.value === 'any' && from.value === ''; },
    /** @returns {Record<string, string>} the parameters of a preview */
    get query() { return { mandatory_roles: roles().join(',') || 'owner', mandatory_methods: methods.value }; },
    /** @returns {Schemas['PolicyPatch']} */
    get patch() {
      const all = roles().length === ROLES.length;
      return {
        mandatory: true, mandatory_roles: all ? null : roles(), mandatory_methods: /** @type {Schemas['MandatoryMethods']} */ (methods.value),
        mandatory_from: from.value === (begun ?? '') ? policy.mandatory_from : from.value ? beginningOf(from.value) : null,
        grace_period_seconds: Number(grace.value),
      };
    },
  };
}

/** @param {import('./strings.js').Translate} t @param {number} seconds */
function graceText(t, seconds) {
  if (seconds === 0) return t('policy.grace.now');
  return seconds % DAY ? t('policy.grace.within', { time: span(t, seconds) }) : t('policy.grace.days', { count: seconds / DAY });
}

/** Whether a change takes the numbers of a preview: it brings in more users, or narrows the methods. @param {Schemas['Policy']} policy @param {Schemas['PolicyPatch']} patch */
export function reachesMore(policy, patch) {
  const covered = policy.mandatory ? policy.mandatory_roles ?? ROLES : [];
  const narrower = patch.mandatory_methods === 'phishing_resistant' && policy.mandatory_methods !== 'phishing_resistant';
  return narrower || (patch.mandatory_roles ?? ROLES).some((role) => !covered.includes(role));
}

/** What a mandate says beside that there is one. @param {import('./strings.js').Translate} t @param {Schemas['Policy']} policy */
export function mandateFacts(t, { mandatory, mandatory_roles: roles, mandatory_methods: methods }) {
  if (!mandatory) return [];
  const names = new Intl.ListFormat(t.locale, { type: 'conjunction' }).format((roles ?? []).map((role) => t(`role.${role}`)));
  return [
    roles && t('policy.is.roles', { roles: names }),
    methods === 'phishing_resistant' && t('policy.is.passkeys'),
  ].filter((text) => typeof text === 'string');
}
