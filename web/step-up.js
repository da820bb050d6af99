import { h, newId } from './dom.js';
import { sayOf } from './app-codes.js';
import { button } from './controls.js';
import { Problem } from './problem.js';
import { ProofForm } from './proof-form.js';

/** @typedef {import('./ways.js').Mode} Mode */

/** The operations that take a proof, by the name that the token is bound to.
 * @typedef {'enroll' | 'remove_factor' | 'disable' | 'reveal_recovery_codes' | 'regenerate_recovery_codes' | 'give_access_pass' | 'patch_policy' | 'put_exemption' | 'delete_exemption'} Operation */

/**
 * @typedef {object} Options
 * @property {Operation} action what the proof is for, and for nothing else
 * @property {string} title
 * @property {'h2' | 'h3'} [level] of the title; h2 where it is what the screen is about
 * @property {string | ((mode: Mode) => string)} [lead] what will happen; with how to confirm it where it depends on that
 * @property {import('./ways.js').Method[] | null} methods what the person has, the one used last first
 * @property {import('./app-codes.js').AppCodes} [codes] what the person's devices show, where that is known
 * @property {string} submit
 * @property {'primary' | 'danger'} [kind]
 * @property {boolean} [byCodeOnly] a recovery code will not do
 * @property {boolean} [passes] whether a one-time pass will do wherever a recovery code does
 * @property {string} [recovery] what leads to recovery codes, where they do something else
 * @property {boolean} [passOnly] whether no recovery code is left, so that only a one-time pass will do
 * @property {string} [pass] what leads to the pass then, where it does something else
 * @property {string} [typed] a recovery code or a one-time pass that was typed already
 * @property {boolean} [own] whether it is done to somebody else, so that it says whose proof is asked for
 * @property {HTMLElement[]} [fields] further questions, above the code
 * @property {import('./proof-form.js').Options['check']} [check] of these
 * @property {(mode: Mode) => void} [onmode]
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
  /** @type {import('./client.js').Purpose} */
  const purpose = { audience: 'countersign', action: options.action };
  const lead = h('p', { class: 'muted', role: 'status' }); // heard when it changes
  const say = (/** @type {Mode} */ mode) => {
    const how = mode === 'recovery' && form.passOnly ? t('stepup.pass') : mode === 'code' ? sayOf(t, form.codes, options.own ? 'stepup.code.own' : 'stepup.code')
      : t(options.own ? `stepup.${mode}.own` : `stepup.${mode}`);
    const said = typeof options.lead === 'function' ? options.lead(mode) : `${options.lead ?? ''} ${how}`.trim();
    if (lead.textContent !== said) lead.textContent = said;
  };
  const form = new ProofForm(screen, {
    submit: options.submit, kind: options.kind, check: options.check, methods: options.methods, codes: options.codes, purpose,
    own: options.own, passes: options.passes, passOnly: options.passOnly, pass: options.pass ?? t('stepup.pass.offer'), typed: options.typed,
    recovery: options.byCodeOnly ? undefined : options.recovery ?? t('stepup.recovery.offer'),
    onlearn: () => say(form.mode),
    onmode: (mode) => {
      token = ''; // a code and a recovery code do not allow the same
      say(mode);
      options.onmode?.(mode);
    },
    prove: async (proof) => {
      token ||= (await client.verify({ ...await proof(), ...purpose })).step_up_token;
      try {
        await options.act(token, form.mode);
        token = '';
      } catch (error) {
        if (error instanceof Problem && error.code === 'step_up_required') token = '';
        throw error;
      }
    },
  });
  say(form.mode);
  options.onmode?.(form.mode);
  form.element.prepend(...(options.fields ?? []));
  if (options.oncancel) form.row.append(button('plain', t('cancel'), options.oncancel));
  const id = newId();
  const head = h(options.level ?? 'h3', { part: 'heading', id }, options.title);
  const panel = h('section', { class: 'stack panel', part: 'panel', role: 'group', 'aria-labelledby': id }, h('header', null, head, lead), form.element);
  return Object.assign(panel, {
    /** Where a choice beside it changes what is asked for; what was typed stays. @param {string} title @param {string} submit */
    reword(title, submit) {
      head.textContent = title;
      form.rename(submit);
    },
  });
}
