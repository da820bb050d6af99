import { h } from './dom.js';
import { more } from './controls.js';

/** @typedef {'android' | 'ios' | 'desktop'} Platform */

const play = (/** @type {string} */ id) => `https://play.google.com/store/apps/details?id=${id}`;
const store = (/** @type {string} */ id) => `https://apps.apple.com/app/${id}`;

// All of them show six digits every 30 seconds, and take the QR code or the key.
/** @type {[string, Partial<Record<Platform, string>>][]} */
const APPS = [
  ['Google Authenticator', { android: play('com.google.android.apps.authenticator2'), ios: store('id388497605') }],
  ['Microsoft Authenticator', { android: play('com.azure.authenticator'), ios: store('id983156458') }],
  ['2FAS', { android: play('com.twofasapp'), ios: store('id1217793794') }],
  ['Aegis', { android: 'https://getaegis.app/' }],
  ['FreeOTP', { android: play('org.fedorahosted.freeotp'), ios: store('id872559395') }],
  ['Ente Auth', { android: play('io.ente.auth'), ios: store('id6444121398'), desktop: 'https://ente.io/auth/' }],
  ['KeePassXC', { desktop: 'https://keepassxc.org/' }],
];

/**
 * Apps with what they run on and where they come from, folded away. Nothing is loaded from there: a link is followed when somebody
 * asks for it, in another tab that learns nothing of this page. What a page puts into the slot `apps` takes the place of the list.
 *
 * @param {import('./strings.js').Translate} t
 */
export function appList(t) {
  /** @param {string} app @param {string} href @param {Platform} platform */
  const link = (app, href, platform) => h('a', {
    href, target: '_blank', rel: 'noreferrer', 'aria-label': `${t(`enroll.apps.${platform}`)}: ${app} (${t('link.new_tab')})`,
  }, t(`enroll.apps.${platform}`));
  const row = (/** @type {typeof APPS[number]} */ [app, links]) => h('tr', null,
    h('th', { scope: 'row', translate: 'no' }, app),
    h('td', null, Object.entries(links).map(([platform, href]) => link(app, href, /** @type {Platform} */ (platform)))));
  return more(t('enroll.apps.which'), h('slot', { name: 'apps' }, h('table', { class: 'apps' },
    h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('enroll.apps.name')), h('th', { scope: 'col' }, t('enroll.apps.for')))),
    h('tbody', null, APPS.map(row)))));
}
