// Brings the screen of this page to life: its module comes from Countersign, its tickets from our own backend, and what it
// proves goes back there, where alone it counts.

const service = document.body.dataset.service;
const screen = document.querySelector('[data-tickets]');
const otherTabs = new BroadcastChannel('login');

/** An empty answer is no ticket, and the person begins again; an error is thrown, and they try again. */
async function ticket() {
  const response = await fetch(screen.dataset.tickets, { method: 'POST' });
  if (response.status === 401) return '';
  if (!response.ok) throw new Error(`no ticket: ${response.status}`);
  return response.text();
}

/** @param {string} id @param {string} [text] */
function show(id, text) {
  const notice = document.getElementById(id);
  if (text) notice.querySelector('p').textContent = text;
  notice.hidden = false;
  screen.hidden = true;
}

/** @param {string} token */
async function prove(token) {
  const { proven } = screen.dataset;
  const response = await fetch(proven, proven.startsWith('/login') ? { method: 'POST', body: token }
    : { method: 'POST', headers: { 'Step-Up-Token': token } }).catch(() => null);
  if (!response || response.status === 503) show('unreachable');
  else if (!response.ok) show('refused', response.status === 409 ? await response.text() : 'Your code counted for something else. Please do it once more.');
  return response?.ok;
}

function goOn() {
  otherTabs.postMessage('done');
  location.replace(screen.dataset.next);
}

if (screen) {
  screen.addEventListener('verified', async ({ detail }) => await prove(detail.stepUpToken) && goOn());
  let confirmed;
  if (screen.dataset.proven) screen.addEventListener('confirmed', ({ detail }) => { confirmed = prove(detail.stepUpToken); });
  if (screen.dataset.next) screen.addEventListener('enrolled', async () => await confirmed && goOn());
  screen.getTicket = ticket;
  import(`${service}/ui/${screen.localName.replace('countersign-', '')}.js`).catch(() => show('unreachable'));
}

// A login that was finished in another tab is finished here too.
if (screen?.dataset.tickets === '/login/ticket') otherTabs.addEventListener('message', () => location.replace('/'));
