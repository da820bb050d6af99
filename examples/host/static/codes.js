// Keeps the page with the codes as it is now.

/** @typedef {{ username: string, code: string, next: string, seconds: number }} Device */

/** @param {Device} device */
function show({ username, code, next, seconds }) {
  const row = document.querySelector(`[data-user="${username}"]`);
  if (!row) return;
  for (const [part, text] of Object.entries({ now: code, next, seconds: String(seconds) })) {
    const place = row.querySelector(`.${part}`);
    if (place && place.textContent !== text) place.textContent = text; // else a selection would be lost
  }
  for (const shown of row.querySelectorAll('.shown')) /** @type {HTMLElement} */ (shown).hidden = !code;
  for (const none of row.querySelectorAll('.none')) /** @type {HTMLElement} */ (none).hidden = Boolean(code);
}

async function refresh() {
  if (document.hidden) return;
  const response = await fetch('/tour/codes.json');
  if (response.ok) for (const device of await response.json()) show(device);
}

const again = () => refresh().catch(() => {}); // the next time, if not this time
setInterval(again, 1000);
document.addEventListener('visibilitychange', again);
