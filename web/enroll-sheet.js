import { styles } from './theme.js';

// The QR code is dark on white whatever the theme: scanners refuse the inverse. Its quiet zone is part of the picture.
export const enrollSheet = styles(`
.steps { display: grid; gap: 1.75rem; counter-reset: step; grid-template-columns: minmax(0, 1fr); }
.steps > li { position: relative; counter-increment: step; padding-inline-start: 2.375rem; }
.steps > li::before {
  content: counter(step); position: absolute; inset-block-start: 0; inset-inline-start: 0; display: grid; place-items: center;
  inline-size: 1.5rem; block-size: 1.5rem; border-radius: 50%; background: var(--_raised); border: 1px solid var(--_border);
  font-size: .8125rem; font-weight: 600; font-variant-numeric: tabular-nums;
}
.qr { display: block; inline-size: min(100%, 12.5rem); block-size: auto; aspect-ratio: 1; background: #fff; border: 1px solid var(--_border); border-radius: var(--_inner); forced-color-adjust: none; }
.here { display: none; }
/* A phone cannot scan its own screen. */
@media (pointer: coarse) { .here { display: block; inline-size: fit-content; padding: .5rem 1rem; border: 1px solid var(--_edge); border-radius: var(--_inner); color: var(--_text); font-weight: 550; } }
.secret { display: flex; flex-wrap: wrap; gap: .25rem .75rem; padding: .75rem 1rem; background: var(--_raised); border-radius: var(--_inner); user-select: all; }
.steps details { border: 0; padding: 0; }
.folded { display: grid; gap: .75rem; grid-template-columns: minmax(0, 1fr); }
.apps { border-collapse: collapse; inline-size: 100%; font-size: .9375rem; }
.apps :is(th, td) { padding: .375rem .75rem .375rem 0; text-align: start; vertical-align: top; font-weight: inherit; }
.apps tbody tr { border-block-start: 1px solid var(--_border); }
.apps thead th { color: var(--_muted); font-size: .875rem; padding-block-start: 0; }
.apps td { padding-inline-end: 0; }
.apps a { display: inline-block; padding-block: .125rem; margin-inline-end: .875rem; }
.apps td a { margin-block-start: -.125rem; }
.options { display: grid; gap: .75rem; grid-template-columns: minmax(0, 1fr); }
button.option { inline-size: 100%; justify-content: start; align-items: start; gap: .875rem; padding: .875rem 1rem; text-align: start; font-weight: 400; }
.option > .icon { color: var(--_accent); inline-size: 1.5rem; block-size: 1.5rem; margin: 0; }
.option > span { display: grid; gap: .125rem; }
.option strong { font-weight: 600; }
@media (max-width: 26rem) {
  .steps > li { padding-inline-start: 0; }
  .steps h3 { padding-inline-start: 2rem; }
}
`);
