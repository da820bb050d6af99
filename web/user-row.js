import { h, icon } from './dom.js';
import { named } from './devices.js';

/** @typedef {import('./client.js').Schemas['User']} User */

const RANKS = ['member', 'user_manager', 'admin', 'owner'];

/** @param {User} user */
export const nameOf = (user) => user.display_name || user.username;

/**
 * One user of a list. Whom one may not help is shown without the means to.
 *
 * @param {import('./strings.js').Translate} t
 * @param {User} user
 * @param {User} me who looks at the list
 * @param {(what: 'users.reveal' | 'users.reset' | 'users.pass' | 'users.pass.end', row: HTMLElement) => unknown} act
 */
export function userRow(t, user, me, act) {
  const { two_factor: status } = user;
  const mayHelp = status.enabled && user.user_id !== me.user_id && RANKS.indexOf(user.role) <= RANKS.indexOf(me.role);
  const facts = [user.display_name && user.username, user.role !== 'member' && t(`role.${user.role}`), state(t, status)];
  const row = h('li', { part: 'user' });
  row.append(h('div', { class: 'stack tight' },
    h('p', { class: 'who' }, h('strong', null, nameOf(user)), badges(t, user, me)),
    h('p', { class: 'hint' }, facts.filter(Boolean).join(' · ')),
    mayHelp && h('div', { class: 'actions' },
      status.recovery_codes_remaining > 0 && named(t('users.reveal'), nameOf(user), () => act('users.reveal', row)),
      named(t('users.pass'), nameOf(user), () => act('users.pass', row)),
      status.methods.includes('access_pass') && named(t('users.pass.end'), nameOf(user), () => act('users.pass.end', row)),
      named(t('users.reset'), nameOf(user), () => act('users.reset', row)))));
  return row;
}

/** What they have, the one used last first. @param {import('./strings.js').Translate} t @param {User['two_factor']} status */
const kinds = (t, { methods }) => methods.flatMap((method) => (method === 'recovery_code' || method === 'access_pass' ? [] : [t(`method.${method}`)]));

/** @param {import('./strings.js').Translate} t @param {User['two_factor']} status */
function state(t, status) {
  if (status.enabled) {
    const pass = status.methods.includes('access_pass') && t('users.pass.live');
    return [...kinds(t, status), t('users.codes', { count: status.recovery_codes_remaining }), pass].filter(Boolean).join(' · ');
  }
  return status.required && t('users.required');
}

/** @param {import('./strings.js').Translate} t @param {User} user @param {User} me */
function badges(t, { user_id: id, active, two_factor: status }, me) {
  const kind = status.enabled ? 'enabled' : status.exempt_reason ? 'exempt' : 'disabled';
  /** @param {string} look @param {...import('./dom.js').Child} content */
  const badge = (look, ...content) => h('span', { class: `badge ${look}`, part: 'badge' }, content);
  return [
    badge(kind, kind === 'enabled' && icon('check'), t(`users.${kind}`)),
    status.locked_until && badge('locked', t('users.locked')),
    !active && badge('', t('users.inactive')),
    id === me.user_id && badge('', t('users.you')),
  ];
}
