import { styles } from './theme.js';

export const policySheet = styles(`
.card > .stack { gap: 1.25rem; }
button.switch { justify-content: space-between; inline-size: 100%; padding: .25rem 0; border: 0; color: var(--_text); font-weight: 600; text-align: start; border-radius: 4px; }
.switch i { flex: none; inline-size: 2.75rem; block-size: 1.625rem; border-radius: 1rem; background: var(--_edge); position: relative; transition: background .15s; forced-color-adjust: none; }
.switch i::after { content: ""; position: absolute; inset-block: .1875rem; inset-inline-start: .1875rem; inline-size: 1.25rem; border-radius: 50%; background: #fff; transition: translate .15s; }
.switch[aria-checked="true"] i { background: var(--_accent); }
.switch[aria-checked="true"] i::after { translate: 1.125rem; background: var(--_on-accent); }
.notice h3 { font-size: 1.0625rem; }
section button.switch { font-weight: 500; }
.roles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 11rem), 1fr)); gap: .375rem 1.25rem; }
select { text-overflow: ellipsis; }
.roles label { display: flex; gap: .5rem; align-items: center; min-block-size: 1.75rem; font-weight: 500; cursor: pointer; }
.roles input { margin: 0; inline-size: 1.125rem; block-size: 1.125rem; accent-color: var(--_accent); }
dialog.place {
  inline-size: min(36rem, 100vw - 1.5rem); max-inline-size: none; max-block-size: calc(100dvh - 1.5rem); padding: clamp(1rem, 5vw, 1.75rem); overscroll-behavior: contain;
  background: var(--_surface); color: var(--_text); border: 1px solid var(--_border); border-radius: var(--_radius); overflow-wrap: break-word;
}
dialog.place::backdrop { background: rgb(0 0 0 / .5); }
dialog .panel { padding: 0; margin: 0; background: none; }
.show { color: var(--_accent); text-decoration: underline; text-underline-offset: .2em; }
.tight > details { border: 0; padding: 0; }
.tight > .place { margin-block-start: .75rem; }
`);
