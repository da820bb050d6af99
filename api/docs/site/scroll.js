// What scrolls has to be within reach of the keyboard, and to show that it goes on. What does not should be no stop on the way.

/** Tables and diagrams have names; code is read out by itself. @type {WeakMap<Element, string>} */
const names = new WeakMap();

const sizes = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    const name = names.get(target);
    const attributes = Object.entries({ tabindex: '0', ...name && { role: 'region', 'aria-label': name } });
    for (const [attribute, value] of attributes) {
      if (target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight) target.setAttribute(attribute, value);
      else target.removeAttribute(attribute);
    }
  }
});

/** @param {Element} box @param {string} [name] */
export function scrolls(box, name) {
  if (name) names.set(box, name);
  sizes.observe(box);
}
