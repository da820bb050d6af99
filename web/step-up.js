import { h, newId } from './dom.js';
import { button } from './controls.js';
import { Problem } from './problem.js';
import { ProofForm } from './proof-form.js';

/**
 * @typedef {object} Options
 * @property {string} title
 * @property {string} lead what will happen
 * @property {string} submit
 * @property {'primary' | 'danger'} [kind]
 * @property {boolean} [byCodeOnly] a recovery code will not do
 * @property {HTMLElement[]} [fields] further questions, above the code
 * @property {import('./proof-form.js').Options['check']} [check] of these
 * @property {(token: string) => Promise<void>} act what the token allows; a Problem leaves it usable
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
    recovery: options.byCodeOnly ? undefined : t('stepup.recovery'),
    prove: async (proof) => {
      token ||= (await client.verify({ ...proof, audience: 'countersign' })).step_up_token;
      try {
        await options.act(token);
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
    h('header', null, h('h3', { part: 'heading', id }, options.title), h('p', { class: 'muted' }, options.lead)), form.element);
}
