import { h, icon } from './dom.js';
import { named } from './devices.js';
import { day, line } from './strings.js';

/** @typedef {import('./client.js').Schemas['User']} User */

/** @typedef {'users.reveal' | 'users.reset' | 'users.pass' | 'users.pass.end' | 'users.exemption' | 'users.unexempt'} Help what is done for somebody */

const RANKS = ['member', 'user_manager', 'admin', 'owner'];

/** @param {User} user */
export const nameOf = (user) => user.display_name || user.username;

/**
 * One user of a list. Whom one may not help is shown without the means to.
 *
 * @param {import('./strings.js').Translate} t
 * @param {User} user
 * @param {User} me who looks at the list
 * @param {(what: Help, row: HTMLElement) => unknown} act
 */
export function userRow(t, user, me, act) {
  const { two_factor: status } = user;
  const help = helpFor(user, me);
  const facts = [user.display_name && user.username, user.role !== 'member' && t(`role.${user.role}`), state(t, status),
    status.exempt_until && t('users.exempt.until', { day: day(t, status.exempt_until) })];
  const row = h('li', { part: 'user' });
  row.append(h('div', { class: 'stack tight' },
    h('p', { class: 'who' }, h('strong', null, nameOf(user)), badges(t, user, me)),
    h('p', { class: 'hint' }, line(facts)),
    help.length > 0 && h('div', { class: 'actions' }, help.map((what) => {
      const small = named(t(what), nameOf(user), () => act(what, row));
      small.classList.toggle('dangerous', what === 'users.reset');
      return small;
    }))));
  return row;
}

/** @param {User} user @param {User} me @returns {Help[]} */
function helpFor({ user_id: id, role, two_factor: status }, me) {
  if (id === me.user_id || RANKS.indexOf(role) > RANKS.indexOf(me.role)) return [];
  /** @type {Help[]} */
  const help = [];
  if (status.enabled && status.recovery_codes_remaining > 0) help.push('users.reveal');
  if (status.enabled) help.push('users.pass');
  if (status.methods.includes('access_pass')) help.push('users.pass.end');
  const exempts = RANKS.indexOf(me.role) >= RANKS.indexOf('admin');
  if (exempts && status.exempt_reason === 'exempted') help.push('users.unexempt');
  else if (exempts && status.enroll_by) help.push('users.exemption'); // the mandate asks for what they have not
  if (status.enabled) help.push('users.reset'); // what takes the most comes last
  return help;
}

/** What they have, the one used last first. @param {import('./strings.js').Translate} t @param {User['two_factor']} status */
const kinds = (t, { methods }) => methods.flatMap((method) => (method === 'recovery_code' || method === 'access_pass' ? [] : [t(`method.${method}`)]));

/** @param {import('./strings.js').Translate} t @param {User['two_factor']} status */
function state(t, status) {
  if (status.enabled) {
    const pass = status.methods.includes('access_pass') && t('users.pass.live');
    return line([...kinds(t, status), !status.proven && t('users.unproven'), t('users.codes', { count: status.recovery_codes_remaining }), pass]);
  }
  return status.required && t('users.required');
}

/** @param {import('./strings.js').Translate} t @param {User} user @param {User} me */
function badges(t, { user_id: id, active, two_factor: status }, me) {
  const kind = status.enabled ? 'enabled' : status.exempt_reason ? 'exempt' : 'disabled';
  /** @param {string} look @param {...import('./dom.js').Child} content */
  const badge = (look, ...content) => h('span', { class: `badge ${look}`, part: 'badge' }, content);
  return [
    badge(kind, kind === 'enabled' && icon('check'), t(kind !== 'exempt' ? `users.${kind}` : status.exempt_reason === 'exempted' ? 'users.exempted' : 'users.directory')),
    status.locked_until && badge('locked', t('users.locked')),
    !active && badge('', t('users.inactive')),
    id === me.user_id && badge('', t('users.you')),
  ];
}
