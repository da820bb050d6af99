import { h } from './dom.js';

/**
 * How long until a device shows another code. Those of apps change on the half minute, by a clock that is assumed to be right.
 *
 * @param {number} period in seconds
 */
export const untilNextCode = (period) => period - (Math.floor(Date.now() / 1000) % period);

/** Seconds as "0:29". @param {number} seconds */
export const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;

/**
 * Counts down in whole seconds, and catches up after the machine slept.
 *
 * @param {number} seconds
 * @param {(left: number) => void} tick told at once, and then every second
 * @param {() => void} end
 * @returns {() => void} stops it
 */
export function countdown(seconds, tick, end) {
  const until = Date.now() + seconds * 1000;
  let timer = 0;
  const step = () => {
    const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    tick(left);
    if (left > 0) timer = window.setTimeout(step, (until - Date.now()) % 1000 || 1000);
    else end();
  };
  step();
  return () => window.clearTimeout(timer);
}

/**
 * A clock that runs down beside a text. Screen readers hear the text once, not every second.
 *
 * @param {number} seconds
 * @param {() => void} [end]
 * @returns {{ element: HTMLElement, stop: () => void }}
 */
export function timer(seconds, end = () => {}) {
  const element = h('span', { class: 'timer', part: 'timer', 'aria-hidden': 'true' });
  const stop = countdown(seconds, (left) => { element.textContent = minutes(left); }, end);
  return { element, stop };
}
