import { h } from './dom.js';
import { notice } from './controls.js';
import { enrollScreen } from './inner-screens.js';
import { sharePurpose } from './purpose.js';

/**
 * What somebody sees at login of whom the host asks to set up a second factor: why, and the screen for it. It hands its proof to the
 * host as this one would.
 *
 * @param {import('./element.js').CountersignElement} screen
 */
export async function enrollAtLogin(screen) {
  const enroll = await enrollScreen(screen);
  sharePurpose(screen, enroll);
  for (const name of ['proof', 'next', 'autofocus']) {
    const value = screen.getAttribute(name);
    if (value !== null) enroll.setAttribute(name, value);
  }
  const why = screen.t(screen.host.reason === 'reset' ? 'challenge.enroll.reset' : 'challenge.enroll');
  return [!screen.hasAttribute('action') && notice('info', h('p', null, why)), enroll];
}
