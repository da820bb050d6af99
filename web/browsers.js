import { h, icon } from './dom.js';
import { actions, button } from './controls.js';
import { named } from './devices.js';
import { day, when } from './strings.js';

/** @typedef {import('./client.js').Schemas['RememberedBrowser']} Browser */

/**
 * The browsers on which a person is not asked again, and how to be asked there after all.
 *
 * @param {import('./strings.js').Translate} t
 * @param {Browser[]} browsers
 * @param {(browser: Browser | null) => unknown} forget one, or all
 */
export function browserList(t, browsers, forget) {
  return h('section', { class: 'stack' },
    h('header', null, h('h3', null, t('browsers.title')), h('p', { class: 'muted' }, t('browsers.lead'))),
    h('ul', { class: 'rows', 'aria-label': t('browsers.title') }, browsers.map((browser) => row(t, browser, forget))),
    browsers.length > 1 && actions(button('plain', t('browsers.forget.all'), () => forget(null))));
}

/** @param {import('./strings.js').Translate} t @param {Browser} browser @param {(browser: Browser) => unknown} forget */
function row(t, browser, forget) {
  const name = browser.name || t('browsers.unnamed');
  return h('li', { part: 'browser', 'data-browser': browser.browser_id }, icon('laptop'), h('div', { class: 'stack tight' },
    h('strong', null, name),
    h('p', { class: 'hint' }, browser.last_used_at ? t('devices.used', { when: when(t, browser.last_used_at) }) : t('devices.unused')),
    h('p', { class: 'hint' }, t('browsers.until', { day: day(t, browser.expires_at) })),
    h('div', { class: 'actions' }, named(t('browsers.forget'), name, () => forget(browser)))));
}
