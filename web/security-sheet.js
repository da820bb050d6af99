import { styles } from './theme.js';

// For the screens that list things: rows with a panel that opens in place.
export const securitySheet = styles(`
:host { max-inline-size: var(--countersign-width, 34rem); }
countersign-enroll, countersign-users { --countersign-outline: none; --countersign-padding: 0; --countersign-width: none; }
.card > .stack { gap: 1.75rem; }
.status { display: flex; gap: .5rem; align-items: center; color: var(--_success); font-weight: 550; }
.rows { display: grid; grid-template-columns: minmax(0, 1fr); border: 1px solid var(--_border); border-radius: var(--_inner); }
.rows > li { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .25rem .875rem; padding: .875rem 1rem; }
.rows > li + li { border-block-start: 1px solid var(--_border); }
.rows > li > .icon { margin-block-start: .125rem; color: var(--_muted); }
.rows > li > .place { grid-column: 1 / -1; }
.rows strong { font-weight: 600; }
.rows .tight { gap: 0; }
.rows .tight > .actions { gap: 0 1.25rem; margin-block-start: .25rem; }
.place:empty { display: none; }
.panel { padding: clamp(.75rem, 4vw, 1.25rem); background: var(--_raised); border-radius: var(--_inner); margin-block: .5rem .25rem; }
.panel .codes { background: var(--_surface); }
@media (max-width: 30rem) { .rows .panel { margin-inline: -1rem; border-radius: 0; } }
.dots { display: flex; gap: .25rem; padding-block: .25rem; }
.dots i { inline-size: 1.5rem; block-size: .375rem; border-radius: 3px; background: var(--_border); flex: 0 1 1.5rem; }
.dots i.left { background: var(--_success); }
.end { border-block-start: 1px solid var(--_border); padding-block-start: 1.25rem; }
`);
