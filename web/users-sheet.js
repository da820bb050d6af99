import { styles } from './theme.js';

export const usersSheet = styles(`
:host { max-inline-size: var(--countersign-width, 44rem); }
.card > .stack { gap: 1.25rem; }
.rows[aria-busy] { opacity: .6; }
.rows > li { grid-template-columns: minmax(0, 1fr); }
.finder { display: flex; flex-wrap: wrap; gap: 1rem; }
.finder > * { flex: 1 1 11rem; min-inline-size: 0; align-content: start; }
.finder > fieldset { flex: 99 1 max-content; }
.choices { display: flex; gap: 1px; background: var(--_edge); border: 1px solid var(--_edge); border-radius: var(--_inner); overflow: clip; }
.choices label { flex: 1 1 auto; display: grid; position: relative; font-weight: 500; cursor: pointer; min-block-size: calc(2.75rem - 2px); }
.choices input { position: absolute; inset: 0; opacity: 0; margin: 0; cursor: pointer; }
.choices span { display: grid; place-items: center; padding: .25rem .625rem; text-align: center; background: var(--_surface); }
.choices :checked + span { background: var(--_accent); color: var(--_on-accent); }
.choices :focus-visible + span { outline: 2px solid var(--_accent); outline-offset: -4px; }
.choices :checked:focus-visible + span { outline-color: var(--_on-accent); }
.pass { font-size: 1.125rem; text-align: center; overflow-wrap: anywhere; padding: .5rem .75rem; background: var(--_surface); border-radius: var(--_inner); align-self: start; }
@media (max-width: 30rem) { .choices { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); } .choices label:first-child:nth-last-child(odd) { grid-column: 1 / -1; } }
.who { display: flex; flex-wrap: wrap; gap: .125rem .5rem; align-items: center; }
.badge { display: inline-flex; align-items: center; gap: .2rem; font-size: .8125rem; font-weight: 500; padding: 0 .5rem; border-radius: 1rem; border: 1px solid var(--_border); color: var(--_muted); }
.badge.enabled { color: var(--_success); border-color: currentColor; }
.badge.locked { color: var(--_danger); border-color: currentColor; }
.badge .icon { inline-size: 1em; block-size: 1em; stroke-width: 2.5; }
`);
