import { h } from './dom.js';
import { AttemptForm } from './attempt-form.js';
import { notice } from './controls.js';
import { createPasskey, forgetPasskey } from './passkey.js';
import { Problem } from './problem.js';

/** @typedef {import('./client.js').Schemas} Schemas */

/** After these the service may take the passkey that was made still. */
const UNDECIDED = ['unreachable', 'unavailable', 'clock_untrusted', 'rate_limited'];

/** What the browser said, that somebody may do something about. */
const CALM = ['passkey_dismissed', 'passkey_exists'];

/** Has the browser make a passkey, with options that are there before the tap. */
export class CreatePasskeyForm extends AttemptForm {
  /** @type {Schemas['RegistrationResponse'] | null} made already, and not decided on */ #made = null;

  /**
   * @param {import('./element.js').CountersignElement} screen
   * @param {Record<string, any>} options a PublicKeyCredentialCreationOptionsJSON
   * @param {(credential: Schemas['RegistrationResponse']) => Promise<boolean>} confirm false: it came too late
   */
  constructor(screen, options, confirm) {
    super(screen, { submit: screen.t('enroll.passkey.submit') });
    this.options = options;
    this.confirm = confirm;
    this.button.setAttribute('aria-describedby', this.message.id);
  }

  /** @override */
  get field() { return { focus: () => this.button.focus(), fix: () => {} }; }

  /** @override */
  submit() {
    if (this.busy || this.held) return;
    this.tell();
    this.attempt(() => this.#create());
  }

  async #create() {
    this.#made ??= await createPasskey(this.options, this.screen.signal);
    try {
      if (!await this.confirm(this.#made)) this.#discard();
    } catch (error) {
      if (!(error instanceof Problem) || !UNDECIDED.includes(error.code)) this.#discard();
      throw error;
    }
  }

  /** A passkey that the service does not know is of no use to anybody. */
  #discard() {
    if (this.#made) forgetPasskey(this.options.rp.id, this.#made.id);
    this.#made = null;
  }

  /** @override @param {unknown} error */
  refused(error) {
    const code = error instanceof Problem ? error.code : '';
    if (!CALM.includes(code) && code !== 'passkey_invalid') return super.refused(error);
    const key = code === 'passkey_invalid' ? 'enroll.passkey.wrong' : code === 'passkey_exists' ? 'problem.passkey_exists' : 'enroll.passkey.dismissed';
    this.tell(notice(code === 'passkey_invalid' ? 'error' : 'info', h('p', null, this.t(key))));
    this.field.focus();
  }
}
