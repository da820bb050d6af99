import { h, newId } from './dom.js';
import { button } from './controls.js';
import { Problem } from './problem.js';
import { ProofForm } from './proof-form.js';

/** @typedef {import('./proof-form.js').Mode} Mode */

/** The operations that take a proof, by the name that the token is bound to.
 * @typedef {'enroll' | 'remove_factor' | 'disable' | 'reveal_recovery_codes' | 'regenerate_recovery_codes' | 'patch_policy'} Operation */

/**
 * @typedef {object} Options
 * @property {Operation} action what the proof is for, and for nothing else
 * @property {string} title
 * @property {'h2' | 'h3'} [level] of the title; h2 where it is what the screen is about
 * @property {string | Node} lead what will happen
 * @property {string} submit
 * @property {'primary' | 'danger'} [kind]
 * @property {boolean} [byCodeOnly] a recovery code will not do
 * @property {string} [recovery] what leads to recovery codes, where they do something else
 * @property {HTMLElement[]} [fields] further questions, above the code
 * @property {import('./proof-form.js').Options['check']} [check] of these
 * @property {import('./proof-form.js').Options['onmode']} [onmode]
 * @property {(token: string, mode: Mode) => Promise<void>} act what the token allows; a Problem leaves it usable
 * @property {(() => void) | null} [oncancel] null where there is no way back
 */

/**
 * Asks for a fresh proof in place, and does with it what it is for.
 *
 * @param {import('./element.js').CountersignElement} screen
 * @param {Options} options
 */
export function stepUpPanel(screen, options) {
  const { t, client } = screen;
  let token = '';
  const form = new ProofForm(screen, {
    submit: options.submit, kind: options.kind, check: options.check,
    recovery: options.byCodeOnly ? undefined : options.recovery ?? t('stepup.recovery'),
    onmode: (mode) => {
      token = ''; // a code and a recovery code do not allow the same
      options.onmode?.(mode);
    },
    prove: async (proof) => {
      token ||= (await client.verify({ ...proof, audience: 'countersign', action: options.action })).step_up_token;
      try {
        await options.act(token, form.mode);
        token = '';
      } catch (error) {
        if (error instanceof Problem && error.code === 'step_up_required') token = '';
        throw error;
      }
    },
  });
  form.element.prepend(...(options.fields ?? []));
  if (options.oncancel) form.row.append(button('plain', t('cancel'), options.oncancel));
  const id = newId();
  return h('section', { class: 'stack panel', part: 'panel', role: 'group', 'aria-labelledby': id },
    h('header', null, h(options.level ?? 'h3', { part: 'heading', id }, options.title), h('p', { class: 'muted' }, options.lead)), form.element);
}
