import { Problem } from './problem.js';

/** @typedef {import('./element.js').CountersignElement} Screen */

/**
 * A screen within another one. Its module is fetched when it is needed: most visits do without, and it is as large as the one around
 * it. The tag makes it, since the page may have it of another module of ours.
 *
 * @template {Screen} T
 * @param {Screen} screen @param {string} tag @param {() => Promise<unknown>} fetch
 */
async function within(screen, tag, fetch) {
  await fetch().catch(() => { throw new Problem('unreachable'); });
  return screen.shareAccess(/** @type {T} */ (document.createElement(tag)));
}

/** The one that sets up a device. @param {Screen} screen @returns {Promise<import('./enroll.js').CountersignEnroll>} */
export const enrollScreen = (screen) => within(screen, 'countersign-enroll', () => import('./enroll.js'));

/** The list of users. @param {Screen} screen @returns {Promise<import('./users.js').CountersignUsers>} */
export const usersScreen = (screen) => within(screen, 'countersign-users', () => import('./users.js'));
