import { Problem } from './problem.js';

/** @typedef {import('./element.js').CountersignElement} Screen */

const TIMEOUT = 15_000; // ms, as for a call of the API

/**
 * Waits for a module. Browsers may remember for as long as a page lives that one could not be had, so that trying again helps nobody.
 *
 * @param {Promise<unknown>} module
 */
async function fetched(module) {
  const late = new Promise((_, reject) => { setTimeout(reject, TIMEOUT); });
  await Promise.race([module, late]).catch(() => { throw new Problem('screen_unavailable'); });
}

/**
 * A screen within another one. Its module is fetched when it is needed: most visits do without, and it is as large as the one around
 * it. The tag makes it, since the page may have it of another module of ours.
 *
 * @template {Screen} T
 * @param {Screen} screen @param {string} tag @param {Promise<unknown>} module
 */
async function within(screen, tag, module) {
  await fetched(module);
  return screen.shareAccess(/** @type {T} */ (document.createElement(tag)));
}

/** Makes sure of the screen that sets up a device, before something is spent on the way to it. */
export const fetchEnrollScreen = () => fetched(import('./enroll.js'));

/** The one that sets up a device. @param {Screen} screen @returns {Promise<import('./enroll.js').CountersignEnroll>} */
export const enrollScreen = (screen) => within(screen, 'countersign-enroll', import('./enroll.js'));

/** The list of users. @param {Screen} screen @returns {Promise<import('./users.js').CountersignUsers>} */
export const usersScreen = (screen) => within(screen, 'countersign-users', import('./users.js'));
