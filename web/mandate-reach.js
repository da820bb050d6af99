import { h } from './dom.js';
import { more, notice } from './controls.js';
import { usersScreen } from './inner-screens.js';

/** @typedef {import('./element.js').CountersignElement} Screen */
/** @typedef {import('./client.js').Schemas['PolicyPreview']} Preview */

/** Whom a mandate would reach, as a warning. @param {Screen} screen @param {Preview} preview */
export function affectedView(screen, { affected, users_href: href }) {
  const { t } = screen;
  const { active_users: count, admins, owners, unproven } = affected;
  const doubt = unproven > 0 && notice('info', h('p', null, t('policy.unproven', { count: unproven })));
  if (count === 0) {
    return h('div', { class: 'stack' },
      notice('done', h('h3', null, t('policy.affected.none')), h('p', null, t('policy.affected.none.lead'))), doubt);
  }
  return h('div', { class: 'stack' },
    notice('warn', h('h3', null, t('policy.affected', { count })), h('p', null, t('policy.affected.lead')),
      admins > owners && h('p', null, t('policy.admins', { count: admins - owners })),
      owners > 0 && h('p', null, t('policy.owners', { count: owners }))), doubt, list(screen, t('policy.who'), href));
}

/** How far a mandate has come. @param {Screen} screen @param {Preview} preview */
export function progressView(screen, { affected: { active_users: count }, covered_users: total, users_href: href }) {
  const { t } = screen;
  if (count === 0) return h('p', { class: 'hint' }, t('policy.progress.none'));
  return list(screen, [`${t('policy.progress', { count, total })}\u00a0· `, h('span', { class: 'show' }, t('policy.progress.show'))], href);
}

/** Users, listed on demand. @param {Screen} screen @param {Parameters<typeof more>[0]} summary @param {string} href of the list */
function list(screen, summary, href) {
  const folded = more(summary);
  const place = /** @type {Element} */ (folded.lastElementChild);
  folded.addEventListener('toggle', async () => {
    try {
      const users = await usersScreen(screen);
      users.filter = Object.fromEntries(new URL(href, screen.base).searchParams);
      place.replaceChildren(users);
    } catch (error) {
      screen.report(error);
      place.replaceChildren(screen.errorView(error, () => {}));
    }
  }, { once: true });
  return folded;
}
