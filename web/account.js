import { h, icon } from './dom.js';
import { line } from './strings.js';

/** @typedef {import('./client.js').Schemas['User']} User */

/** Whose account it is, for who has more than one. @param {import('./strings.js').Translate} t @param {User} user */
export function accountOf(t, { username, display_name: name }) {
  return h('p', { class: 'account', part: 'account' },
    icon('user'), h('span', { class: 'hidden' }, `${t('account')}: `), h('span', { translate: 'no' }, line([name !== username && name, username])));
}
