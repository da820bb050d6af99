import { h } from './dom.js';
import { AttemptForm } from './attempt-form.js';
import { button, field, notice } from './controls.js';
import { plainText } from './plain-text.js';

/** Calls a device by another name. Escape leaves it as it was. */
export class RenameForm extends AttemptForm {
  /**
   * @param {import('./element.js').CountersignElement} screen
   * @param {string} name
   * @param {{ rename: (name: string) => Promise<void>, oncancel: () => void }} listeners
   */
  constructor(screen, name, { rename, oncancel }) {
    super(screen, { submit: screen.t('devices.rename.submit') });
    this.rename = rename;
    this.input = h('input', { type: 'text', part: 'device-name', maxlength: 64, autocomplete: 'off', required: true, value: name });
    this.fields.append(field(this.t('devices.rename.name'), this.input));
    this.input.setAttribute('aria-describedby', this.message.id);
    this.input.addEventListener('input', () => this.input.removeAttribute('aria-invalid'));
    this.row.classList.remove('wide');
    this.row.append(button('plain', this.t('cancel'), oncancel));
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.isComposing) return;
      event.stopPropagation(); // it is meant for this form, not for a dialog around it
      oncancel();
    });
  }

  /** @override */
  get field() {
    const { input } = this;
    return { focus: () => { input.focus(); input.select(); }, fix: (/** @type {boolean} */ fixed) => { input.readOnly = fixed; } };
  }

  /** @override */
  submit() {
    if (this.busy) return;
    const name = plainText(this.input);
    if (name) {
      this.attempt(() => this.rename(name));
      return;
    }
    this.input.setAttribute('aria-invalid', 'true');
    this.tell(notice('error', h('p', null, this.t('devices.rename.missing'))));
    this.field.focus();
  }
}
