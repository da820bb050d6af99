// Brings the screen of this page to life: its module comes from Countersign, its tickets from our own backend, and what it
// proves goes back there, where alone it counts.

/** @typedef {import('../../../web/element.js').CountersignElement} Screen */
/** @typedef {CustomEvent<{ stepUpToken: string, rememberBrowser?: boolean }>} Proven */

const otherTabs = new BroadcastChannel('login');
const found = /** @type {Screen | null} */ (document.querySelector('[data-tickets]'));
if (found) begin(found);

/** @param {Screen} screen */
function begin(screen) {
  const { tickets = '', proven, next } = screen.dataset;

  // An empty answer is no ticket, and the person begins again; an error is thrown, and they try again.
  screen.getTicket = async () => {
    const response = await fetch(tickets, { method: 'POST' });
    if (response.status === 401) return '';
    if (!response.ok) throw new Error(`no ticket: ${response.status}`);
    return response.text();
  };

  const goOn = () => {
    otherTabs.postMessage('finished');
    location.replace(next ?? '/');
  };
  if (proven) {
    /** @type {Promise<boolean> | undefined} */
    let confirmed;
    screen.addEventListener('verified', async (event) => {
      const { stepUpToken, rememberBrowser } = /** @type {Proven} */ (event).detail;
      if (await prove(screen, rememberBrowser ? `${proven}?remember=1` : proven, stepUpToken)) goOn();
    });
    screen.addEventListener('confirmed', (event) => {
      confirmed = prove(screen, proven, /** @type {Proven} */ (event).detail.stepUpToken);
    });
    screen.addEventListener('enrolled', async () => {
      if (await confirmed) goOn();
    });
  }
  // A login that was finished in another tab is finished here too.
  if (proven === '/login/second-step') otherTabs.addEventListener('message', () => location.replace('/'));

  const module = `${document.body.dataset.service}/ui/${screen.localName.replace('countersign-', '')}.js`;
  import(module).catch(() => show(screen, 'unreachable'));
}

/**
 * Hands a step-up token to our backend.
 *
 * @param {Screen} screen
 * @param {string} path
 * @param {string} token
 */
async function prove(screen, path, token) {
  const response = await fetch(path, { method: 'POST', headers: { 'Step-Up-Token': token } }).catch(() => null);
  if (response?.ok) return true;
  if (!response || response.status === 503) show(screen, 'unreachable');
  else show(screen, 'refused', response.status === 409 ? await response.text() : '');
  return false;
}

/**
 * Puts a notice in the place of the screen.
 *
 * @param {Screen} screen
 * @param {string} id
 * @param {string} [why]
 */
function show(screen, id, why) {
  const notice = /** @type {HTMLElement} */ (document.getElementById(id));
  const text = notice.querySelector('p');
  if (text && why) text.textContent = why;
  notice.hidden = false;
  screen.hidden = true;
}
