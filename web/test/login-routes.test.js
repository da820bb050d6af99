// The two routes of a host, as `tickets`, `proof` and `next` name them: the page has one tag and no script of its own.
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { finish, inspect, open, picture, scan, told, visit } from './browser.js';
import { Phone, Tenant, url } from './service.js';

const tenant = Tenant.demo;
const phone = await tenant.enrolled('routes');

/** @typedef {{ status?: number, body?: object }} Said */
/** @typedef {import('playwright-core').Request} Asked */

/** A ticket, as the host passes it on. @param {string} id @param {object} [more] @returns {Promise<Said>} */
const granted = async (id, more) => ({ body: { outcome: 'challenge', user_id: id, ticket: await tenant.ticket(id, 'login'), ...more } });

/** One who has to enroll, with a ticket that may: under no mandate, that of a login may not. @param {string} id @param {string} reason */
const toEnroll = async (id, reason) => granted(id, { outcome: 'enroll', reason, ticket: await tenant.ticket(id, 'account') });

/** What is waited for until it is opened. */
function gate() {
  /** @type {() => void} */ let open = () => {};
  const opened = new Promise((resolve) => { open = () => resolve(undefined); });
  return { opened, open };
}

/**
 * A page with one tag, before a host that answers so.
 *
 * @param {(asked: Asked) => Promise<Said>} tickets @param {(asked: Asked) => Promise<Said>} [proof]
 * @param {{ tag?: string, attributes?: string, lang?: string, page?: import('./browser.js').Visit }} [options]
 */
async function hosted(tickets, proof = async () => ({ status: 204 }), { tag = 'countersign-challenge', attributes = '', lang = 'en', page } = {}) {
  const visited = page ?? await visit();
  for (const [path, answer] of /** @type {const} */ ([['/login/ticket', tickets], ['/login/second-step', proof]])) {
    await visited.unroute(url + path);
    await visited.route(url + path, async (route) => {
      equal(route.request().method(), 'POST');
      const { status = 200, body } = await answer(route.request());
      await route.fulfill({ status, contentType: 'application/json', body: body && JSON.stringify(body) });
    });
  }
  await visited.route(`${url}/in`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><html lang="en"><title>In</title><main><h1>Welcome</h1></main>' }));
  return open(tag, { userId: '', lang, page: visited, attributes: `autofocus tickets="/login/ticket" proof="/login/second-step" next="/in" ${attributes}` });
}

/** @param {import('playwright-core').Page} page */
const welcome = (page) => page.getByRole('heading', { name: 'Welcome' }).waitFor();

test('one tag logs in: its ticket and its proof go by the host, whose yes is waited for', async () => {
  let proven = /** @type {Asked | undefined} */ (undefined);
  const yes = gate();
  const page = await hosted(() => granted('routes', { remember_browser_days: 30 }), async (asked) => {
    proven = asked;
    await yes.opened;
    return { status: 204 };
  });
  await page.getByLabel('Don’t ask again on this browser for 30 days').check();
  const posted = page.waitForRequest(`${url}/login/second-step`);
  await page.getByLabel('Six-digit code').fill(await phone.fresh());
  await posted;
  equal(await page.getByText('Thank you').count(), 0);
  yes.open();
  await welcome(page);
  deepEqual(proven?.postDataJSON(), { remember_browser: true });
  const claims = await tenant.call('POST', 'tokens/consume', { token: await proven?.headerValue('Step-Up-Token') });
  deepEqual([claims.sub, claims.session_id], ['routes', 's-1']);
  await finish(page);
});

test('the same tag sets the second factor up, posts the proof at once and waits for the codes to be saved', async () => {
  await tenant.put('routes-new');
  let proofs = 0;
  const page = await hosted(() => toEnroll('routes-new', 'mandatory'), async () => ({ status: ++proofs === 1 ? 503 : 204 }));
  await page.getByText('Your organization requires two-step verification').waitFor();
  const app = new Phone(tenant, (await scan(page)).searchParams.get('secret') ?? '');
  await picture(page, 'host-enroll');
  const [first, next] = await app.pair();
  await page.getByLabel('First code').fill(first);
  const posted = page.waitForResponse(`${url}/login/second-step`);
  await page.getByLabel('Next code').fill(next);
  await page.getByRole('list', { name: 'Your recovery codes' }).waitFor();
  await posted;
  await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
  await inspect(page);
  await page.screen.evaluate((screen) => screen.addEventListener('finished', () => sessionStorage.setItem('finished', `${sessionStorage.getItem('finished') ?? ''}once`)));
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await page.getByText('Nothing is lost').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await welcome(page);
  equal(proofs, 2);
  equal(await page.evaluate(() => sessionStorage.getItem('finished')), 'once');
  await finish(page);
});

test('what the host answers to a proof is said kindly, and the way on with it', async () => {
  let page = await visit();
  for (const [status, message, said, way] of /** @type {const} */ ([
    [401, '', 'It has to be done again', 'Start again'], [403, '', 'It has to be done again', 'Start again'],
    [409, 'Somebody <b>else</b> was first.', 'Somebody <b>else</b> was first.', 'Start again'], [503, '', 'Nothing is lost', 'Try again'],
  ])) {
    const answers = [{ status, body: { message } }, { status: 200, body: { next: '/in' } }];
    const opened = await hosted(() => granted('routes'), async () => answers.shift() ?? { status: 500 }, { page });
    await opened.getByLabel('Six-digit code').fill(await phone.fresh());
    await opened.getByText(said).waitFor();
    page.complaints.length = 0; // the browser's own word on the status
    if (status === 409) {
      await picture(opened, 'host-conflict');
      await inspect(opened);
    }
    deepEqual((await told(opened, 'refused')).map((detail) => [detail.status, detail.message]), status === 503 ? [] : [[status, message]]);
    if (status === 503) await opened.getByRole('button', { name: way }).click();
    else await Promise.all([opened.waitForEvent('load'), opened.getByRole('button', { name: way }).click()]);
    if (status === 503) await welcome(opened);
    page = opened;
  }
  page.complaints.length = 0;
  await finish(page);
});

test('without a ticket the screen says why: nobody is there, the host refuses, or nobody answers', async () => {
  let page = await visit();
  for (const [answer, said, way] of /** @type {[Said, string, string][]} */ ([
    [{ status: 401 }, 'for your safety it has ended', 'Start again'], [{ status: 403 }, 'You are not let in here', 'Start again'],
    [{ status: 503 }, 'Nothing is lost', 'Try again'], [{ body: { outcome: 'later', user_id: 'routes', ticket: 't' } }, 'Nothing is lost', 'Try again'],
    [{ body: { outcome: 'challenge', user_id: 'routes' } }, 'Nothing is lost', 'Try again'],
    [{ status: 409, body: { message: 'Your trial is over.' } }, 'Your trial is over.', 'Start again'],
  ])) {
    let asked = 0;
    page = await hosted(async () => (++asked === 1 ? answer : granted('routes')), undefined, { page });
    await page.getByText(said).waitFor();
    page.complaints.length = 0;
    await page.getByRole('button', { name: way }).click();
    await page.getByLabel('Six-digit code').waitFor();
  }
  await finish(page);
});

test('whom the host lets in goes on, at once and in the middle, and to a page of this origin alone', async () => {
  const first = gate(), second = gate();
  const page = await hosted(async () => { await first.opened; return { body: { outcome: 'allow', next: 'https://elsewhere.example/' } }; });
  first.open();
  await welcome(page);
  match(page.complaints.join(), /next is no path of this origin/);
  page.complaints.length = 0;
  let asked = 0;
  const expired = { body: { outcome: 'challenge', user_id: 'routes', ticket: 'expired' } };
  await hosted(async () => {
    if (++asked === 1) return expired;
    await second.opened;
    return { body: { outcome: 'allow' } };
  }, undefined, { page });
  second.open();
  await welcome(page);
  equal(asked, 2);
  page.complaints.length = 0;
  await finish(page);
});

test('where the host asks something else in the middle, the screen begins anew', async () => {
  await tenant.put('routes-other');
  let asked = 0;
  const page = await hosted(async () => (++asked === 1
    ? { body: { outcome: 'challenge', user_id: 'routes', ticket: 'expired' } }
    : toEnroll('routes-other', 'reset')));
  await page.getByText('Your two-step verification was reset').waitFor();
  page.complaints.length = 0;
  await finish(page);
});

test('what the page prevents is the page’s own', async () => {
  let proofs = 0;
  const page = await hosted(() => granted('routes'), async () => ({ status: ++proofs === 1 ? 204 : 403 }));
  await page.getByLabel('Six-digit code').waitFor();
  await page.screen.evaluate((screen) => screen.addEventListener('finished', (event) => event.preventDefault()));
  await page.getByLabel('Six-digit code').fill(await phone.fresh());
  await page.getByText('Thank you').waitFor();
  deepEqual(await told(page, 'finished'), [{ next: `${url}/in` }]);
  const again = await hosted(() => granted('routes'), async () => ({ status: ++proofs === 0 ? 204 : 500 }), { page });
  await again.getByLabel('Six-digit code').waitFor();
  await again.screen.evaluate((screen) => screen.addEventListener('verified', (event) => event.preventDefault()));
  await again.getByLabel('Six-digit code').fill(await phone.fresh());
  await again.getByText('Thank you').waitFor();
  equal(proofs, 1);
  await finish(again);
});

test('a login page, or null, is no yes to a proof, and the token is brought again', async () => {
  let page = await visit();
  for (const [body, type] of /** @type {const} */ ([['<!doctype html><title>Log in</title>', 'text/html'], ['null', 'application/json'], ['[]', 'application/json']])) {
    page = await hosted(() => granted('routes'), async () => ({ status: 200 }), { page });
    let proofs = 0;
    await page.route(`${url}/login/second-step`, (route) => (++proofs === 1 ? route.fulfill({ status: 200, contentType: type, body }) : route.fulfill({ status: 204 })));
    await page.getByLabel('Six-digit code').fill(await phone.fresh());
    await page.getByText('Nothing is lost').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await welcome(page);
  }
  await finish(page);
});

test('next leads to no script and to no blob', async () => {
  let page = await visit();
  for (const next of ['javascript:document.title="run"', `blob:${url}/1`]) {
    const shown = gate();
    page = await hosted(async () => { await shown.opened; return { body: { outcome: 'allow', next } }; }, undefined, { page });
    shown.open();
    await welcome(page);
    match(page.complaints.join(), /next is no path of this origin/);
    page.complaints.length = 0;
  }
  await finish(page);
});

test('a login that is finished in another tab is over here, but for an action', async () => {
  const page = await hosted(() => granted('routes'));
  const finished = (/** @type {import('playwright-core').Page} */ tab) => tab.evaluate(() => new Promise((resolve) => {
    const [here, there] = [new BroadcastChannel('countersign /login/second-step'), new BroadcastChannel('countersign /login/second-step')];
    here.onmessage = resolve; // heard last: channels hear in the order in which they were opened
    there.postMessage({});
  }).then(() => {}));
  await page.getByLabel('Six-digit code').waitFor();
  await page.screen.evaluate((screen) => { screen.removeAttribute('next'); });
  await finished(page);
  await page.getByText('Thank you').waitFor();
  equal(await page.getByLabel('Six-digit code').count(), 0);
  const action = await hosted(() => granted('routes'), undefined, { page, attributes: 'action="payment.approve"' });
  await action.getByLabel('Six-digit code').waitFor();
  await finished(action);
  equal(await action.getByLabel('Six-digit code').count(), 1);
  await finish(action);
});

test('the pages of an account and of administrators take tickets alone', async () => {
  await tenant.enrolled('routes-admin', { role: 'admin' });
  for (const [tag, purpose, heading] of /** @type {const} */ ([
    ['countersign-security', 'account', 'On since'], ['countersign-users', 'admin', 'users'], ['countersign-policy', 'admin', 'Passkeys'],
  ])) {
    const page = await hosted(async () => ({ body: { user_id: 'routes-admin', ticket: await tenant.ticket('routes-admin', purpose) } }), undefined, { tag });
    await page.getByText(heading).first().waitFor();
    await finish(page);
  }
});

test('it fits a narrow phone in the dark, in German', async () => {
  await tenant.put('routes-schmal');
  let page = await visit({ dark: true, width: 320, height: 640, mobile: true, lang: 'de' });
  for (const [name, answer, said] of /** @type {const} */ ([
    ['refused', async () => ({ status: 403 }), 'Hier werden Sie nicht eingelassen'], ['unavailable', async () => ({ status: 503 }), 'Es ist nichts verloren'],
    ['enroll', () => toEnroll('routes-schmal', 'mandatory'), 'Ihre Organisation verlangt'],
  ])) {
    page = await hosted(answer, undefined, { page, lang: 'de' });
    await page.getByText(said).waitFor();
    await picture(page, `host-narrow-${name}`);
    page.complaints.length = 0; // the browser's own word on the status
    await inspect(page);
  }
  await finish(page);
});
