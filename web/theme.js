// One sheet for all screens. Every colour is one of the page's --countersign-* properties, or the default beside it.
// Without theme="dark|light|auto" the screens are as dark as the page says it is: color-scheme is inherited.

const css = `
:host {
  --_text: var(--countersign-text, light-dark(#1b1f27, #e9ebf0));
  --_muted: var(--countersign-muted, light-dark(#566072, #a5adbb));
  --_surface: var(--countersign-surface, light-dark(#fff, #17191f));
  --_raised: var(--countersign-raised, light-dark(#f5f6f9, #20232b));
  --_border: var(--countersign-border, light-dark(#dfe3ea, #31353f));
  --_edge: var(--countersign-edge, light-dark(#868f9e, #737c8c));
  --_accent: var(--countersign-accent, light-dark(#2456d3, #8fb2ff));
  --_on-accent: var(--countersign-on-accent, light-dark(#fff, #0b1836));
  --_danger: var(--countersign-danger, light-dark(#b3261e, #ff9c93));
  --_on-danger: var(--countersign-on-danger, light-dark(#fff, #3a0a06));
  --_success: var(--countersign-success, light-dark(#17734a, #74d8a4));
  --_warning: var(--countersign-warning, light-dark(#b06a00, #f0c36a));
  --_radius: var(--countersign-radius, 12px);
  --_inner: calc(var(--_radius) * 2 / 3);
  --_mono: var(--countersign-font-mono, ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace);
  display: block;
  box-sizing: border-box;
  inline-size: 100%;
  max-inline-size: var(--countersign-width, 26rem);
  color: var(--_text);
  font: var(--countersign-font, 400 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Inter, "Helvetica Neue", Arial, sans-serif);
  text-align: start;
}
:host([hidden]), [hidden] { display: none !important; }
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([theme="auto"]) { color-scheme: light dark; }
*, ::before, ::after { box-sizing: border-box; }

.card {
  padding: var(--countersign-padding, clamp(1rem, 6vw, 2rem));
  background: var(--_surface);
  border: var(--countersign-outline, 1px solid var(--_border));
  border-radius: var(--_radius);
  overflow-wrap: break-word;
}
.card:empty { display: none; }
.stack { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); }
.stack.tight, header { display: grid; gap: .375rem; grid-template-columns: minmax(0, 1fr); }
h2, h3, p, ul, ol, dl, dd { margin: 0; padding: 0; font: inherit; }
p { text-wrap: pretty; }
h2 { font-size: 1.3125rem; font-weight: 650; line-height: 1.3; letter-spacing: -.01em; }
h3 { font-size: 1rem; font-weight: 600; }
h2:focus, h3:focus { outline: none; }
ul, ol { list-style: none; }
strong { overflow-wrap: anywhere; }
.muted, .hint { color: var(--_muted); }
.hint { font-size: .875rem; }
.hint:empty { display: none; }
.digits { font-variant-numeric: tabular-nums; }
.hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.icon { inline-size: 1.25em; block-size: 1.25em; flex: none; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }

button, summary, a {
  font: inherit; color: var(--_accent); cursor: pointer;
}
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px; }
button {
  display: inline-flex; align-items: center; justify-content: center; gap: .5rem;
  min-block-size: 2.5rem; padding: .4375rem 1rem; border: 1px solid transparent; border-radius: var(--_inner);
  background: none; font-weight: 550; line-height: 1.4; text-align: center;
}
button.primary { background: var(--_accent); color: var(--_on-accent); min-block-size: 2.75rem; }
button.danger { background: var(--_danger); color: var(--_on-danger); min-block-size: 2.75rem; }
button.plain { border-color: var(--_edge); color: var(--_text); background: var(--_surface); }
button.link { min-block-size: 1.75rem; padding: .125rem 0; border-inline: 0; font-weight: 500; text-align: start; justify-content: start; border-radius: 4px; }
button.link.quiet { color: var(--_muted); }
button.link.dangerous { color: var(--_danger); }
button.link > span, a { text-decoration: underline; text-decoration-color: color-mix(in srgb, currentColor 40%, transparent); text-underline-offset: .2em; }
button.link:hover > span, a:hover { text-decoration-color: currentColor; }
button.primary:hover, button.danger:hover { filter: brightness(1.08); }
button.plain:hover { background: var(--_raised); }
button[aria-disabled="true"] { cursor: default; opacity: .7; }
button.primary > .icon, button.danger > .icon { inline-size: 1.5em; block-size: 1.5em; }
button.busy > span::after {
  content: ""; display: inline-block; inline-size: .75em; block-size: .75em; margin-inline-start: .6em; vertical-align: -.05em;
  border: 2px solid currentColor; border-inline-end-color: transparent; border-radius: 50%; animation: turn .8s linear infinite;
}
button.link.busy > span::after { content: none; }
@keyframes turn { to { rotate: 1turn; } }
.actions { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; }
.actions:not(:has(> :not([hidden]))) { display: none; }
.actions.wide > button.primary, .actions.wide > button.danger { flex: 1 1 auto; }
.links { display: grid; gap: .25rem; justify-items: start; }
.with-status { display: inline-flex; }

.field { display: grid; gap: .375rem; grid-template-columns: minmax(0, 1fr); border: 0; margin: 0; padding: 0; }
label, legend { font-weight: 550; font-size: .9375rem; padding: 0; }
legend { margin-block-end: .375rem; }
input[type="text"], input[type="search"], input[type="date"], select, textarea {
  font: inherit; color: inherit; background: var(--_surface); inline-size: 100%; min-block-size: 2.75rem; padding: .5rem .75rem;
  border: 1px solid var(--_edge); border-radius: var(--_inner);
}
select {
  appearance: none; padding-inline-end: 2.25rem; background-repeat: no-repeat; background-size: .375rem .375rem;
  background-image: linear-gradient(45deg, transparent 50%, currentColor 50%), linear-gradient(-45deg, transparent 50%, currentColor 50%);
  background-position: calc(100% - 1.25rem) 52%, calc(100% - .875rem) 52%;
}
select:dir(rtl) { background-position: .875rem 52%, 1.25rem 52%; }
input[type="checkbox"] { flex: none; inline-size: 1.125rem; block-size: 1.125rem; margin: .1875rem 0 0; accent-color: var(--_accent); }
.check { display: flex; gap: .625rem; align-items: flex-start; }
.check[hidden] { display: none; }
.check label { margin: 0; font-weight: 400; }
input:focus-visible, select:focus-visible, textarea:focus-visible { outline-offset: 0; border-color: var(--_accent); }
input[type="checkbox"]:focus-visible { outline-offset: 2px; }
input[aria-invalid] { border-color: var(--_danger); }
input.recovery { font-family: var(--_mono); letter-spacing: .02em; font-size: clamp(.875rem, 4.6vw, 1.0625rem); }

.frame { container-type: inline-size; }
.code {
  --gap: clamp(.375rem, 3cqi, .75rem); --between: clamp(.25rem, 2cqi, .5rem); --digits: 6; --cell: min(3.75rem, (100cqi + var(--between) - var(--gap)) / var(--digits));
  position: relative; inline-size: calc(var(--digits) * var(--cell) + var(--gap) - var(--between)); block-size: 3.5rem; direction: ltr;
  overflow: clip; overflow-clip-margin: 4px;
}
.code.long { --digits: 8; }
.boxes { position: absolute; inset-block: 0; inset-inline-start: calc(var(--between) / -2); display: grid; grid-auto-flow: column; grid-auto-columns: var(--cell); }
.box { margin: 0 calc(var(--between) / 2); border: 1px solid var(--_edge); border-radius: var(--_inner); background: var(--_surface); transition: border-color .15s; }
.code:not(.long) .box:nth-child(n+4), .long .box:nth-child(n+5) { translate: var(--gap); }
.box.optional:not(.filled) { border-style: dashed; }
.box.filled { border-color: var(--_text); }
.code:has([aria-invalid]) .box { border-color: var(--_danger); }
.box.active { outline: 2px solid var(--_accent); outline-offset: -1px; }
.held .code:has(:focus-visible) { outline: 2px solid var(--_accent); outline-offset: 3px; border-radius: var(--_inner); }
.code:has([readonly]) .box { background: var(--_raised); border-color: var(--_border); }
.frame .code > input[type="text"] {
  position: absolute; inset-block: 0; inset-inline-start: calc(var(--between) / -2); inline-size: calc((var(--digits) + 1) * var(--cell) + var(--gap)); block-size: 100%; min-block-size: 0;
  border: 0; background: none; outline: none; padding: 0 0 0 calc((var(--cell) - 1ch) / 2);
  font: 500 min(1.625rem, calc(var(--cell) * .65))/1 var(--_mono); letter-spacing: calc(var(--cell) - 1ch); word-spacing: calc(var(--gap) - var(--cell));
}

.notice { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .625rem; font-size: .9375rem; padding: .75rem .875rem; border-radius: var(--_inner); background: var(--_raised); }
.notice > div { display: grid; gap: .375rem; justify-items: start; }
.notice .icon { margin-block-start: .0625rem; }
.notice.error { background: color-mix(in srgb, var(--_danger) 9%, var(--_surface)); }
.notice.error > .icon { color: var(--_danger); }
.notice.warn > .icon { color: var(--_warning); }
.notice.wait, .notice.warn { background: color-mix(in srgb, var(--_warning) 12%, var(--_surface)); }
.notice.wait > .icon { color: var(--_warning); }
.notice.done > .icon { color: var(--_success); }
.timer { font-variant-numeric: tabular-nums; white-space: nowrap; }
.notice.wait .timer { font-size: 1.5rem; font-weight: 600; line-height: 1.2; }

.mono { font-family: var(--_mono); }
.kept { display: flex; flex-wrap: wrap; gap: .125rem .75rem; align-items: baseline; }
.codes { padding: .625rem .75rem; background: var(--_raised); border-radius: var(--_inner); font-size: .9375rem; white-space: nowrap; }
.codes li { padding-block: .1875rem; break-inside: avoid; }
.codes-block { display: grid; gap: .75rem; grid-template-columns: minmax(0, 1fr); }
.codes-block button { padding-inline: .75rem; }
@container (min-width: 20rem) { .codes { columns: 2; column-gap: 1rem; font-size: min(.9375rem, calc((100cqi - 2.5rem) / 38 / .61)); } }
.account { display: flex; gap: .5rem; align-items: center; inline-size: fit-content; max-inline-size: 100%; padding: .125rem .75rem .125rem .5rem; border: 1px solid var(--_border); border-radius: 1.125rem; font-size: .9375rem; margin-block-start: .375rem; }
.account > .icon { color: var(--_muted); }
.account > :last-child { min-inline-size: 0; overflow-wrap: anywhere; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; line-clamp: 3; overflow: hidden; }
.skeleton { animation: appear .25s .15s both; }
.placeholder { background: var(--_raised); border-radius: var(--_inner); block-size: 1.25rem; inline-size: 75%; animation: breathe 1.6s ease-in-out infinite alternate; }
.placeholder.title { block-size: 1.75rem; inline-size: 55%; }
.placeholder.field { block-size: 5.25rem; inline-size: 100%; }
.placeholder.button { block-size: 2.75rem; inline-size: 100%; }
.placeholder.option { block-size: 4.5rem; inline-size: 100%; }
.placeholder.row { block-size: 6rem; inline-size: 100%; }
.placeholder.picture { block-size: 12.5rem; inline-size: min(100%, 12.5rem); }
@keyframes appear { from { opacity: 0; } }
@keyframes breathe { to { opacity: .55; } }
.success { display: grid; justify-items: center; text-align: center; gap: .5rem; padding-block: .5rem; }
.success > .icon { inline-size: 3rem; block-size: 3rem; color: var(--_success); stroke-width: 1.4; margin-block-end: .25rem; }
.links:empty, .message:empty, form > .stack:empty { display: none; }
details { border-block-start: 1px solid var(--_border); padding-block-start: 1rem; }
summary { display: flex; align-items: center; color: var(--_text); font-weight: 500; list-style: none; border-radius: 4px; padding-block: .125rem; }
summary::-webkit-details-marker { display: none; }
summary::after { content: ""; flex: none; inline-size: .45em; block-size: .45em; margin-inline-start: .6em; border: solid currentColor; border-width: 0 1.75px 1.75px 0; rotate: 45deg; translate: 0 -.15em; }
details[open] > summary::after { rotate: 225deg; translate: 0 .1em; }
details > .stack { margin-block-start: .875rem; font-size: .9375rem; gap: .875rem; }
@media (max-width: 30rem) { .card { hyphens: auto; } }
@media (prefers-reduced-motion: reduce) { * { animation-duration: 4s !important; transition: none !important; } .skeleton, .placeholder { animation: none; } }
@media (forced-colors: active) {
  .box.active { outline: 2px solid Highlight; }
  .frame .code > input[type="text"] { forced-color-adjust: none; color: CanvasText; }
}
`;

export const sheet = new CSSStyleSheet();
sheet.replaceSync(css);

/** A sheet of one screen's own. @param {string} rules */
export function styles(rules) {
  const own = new CSSStyleSheet();
  own.replaceSync(rules);
  return own;
}
