import { accessPasses } from './access-pass.js';
import { audits } from './audit.js';
import { isAddress } from './address.js';
import { Caller, type Setting } from './call.js';
import { type Credential, Credentials } from './credential.js';
import { decisions } from './decision.js';
import { exemptions } from './exemption.js';
import { factorImports } from './factor-import.js';
import { factors } from './factor.js';
import { policies } from './policy.js';
import { recoveryCodes } from './recovery-code.js';
import { printsAs } from './redact.js';
import { rememberedBrowsers } from './remembered-browser.js';
import { sandboxes } from './sandbox.js';
import { tenants } from './tenant.js';
import { tokens } from './token.js';
import { userImports } from './user-import.js';
import { users } from './user.js';
import { verifications } from './verify.js';
import { checkTimeout } from './within.js';

/** How long one try of a call may take, unless said otherwise. One that may be repeated takes at most two, and a wait of two seconds. */
export const DEFAULT_TIMEOUT_MS = 10_000;

/** What a client is made of. */
export interface CountersignOptions {
  /**
   * Where the service is, such as https://2fa.example.com. Over plain http, whoever can read the network has the
   * credential: use it on the same machine or inside a network that encrypts by itself.
   */
  baseUrl: string;
  credential: Credential;
  /** {@link DEFAULT_TIMEOUT_MS} unless set. */
  timeoutMs?: number | undefined;
  /** Instead of the platform's own, for a proxy, a private CA or traces. Redirects stay refused, whatever it does. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
}

type Calls = ReturnType<typeof decisions> & ReturnType<typeof verifications> & ReturnType<typeof users> & ReturnType<typeof userImports> &
  ReturnType<typeof factors> & ReturnType<typeof factorImports> & ReturnType<typeof recoveryCodes> & ReturnType<typeof accessPasses> &
  ReturnType<typeof policies> & ReturnType<typeof exemptions> & ReturnType<typeof audits> &
  ReturnType<typeof tokens> & ReturnType<typeof sandboxes> & ReturnType<typeof rememberedBrowsers> & ReturnType<typeof tenants>;

/** Calls Countersign with one credential, which names the tenant. It prints as its address alone. */
export interface Countersign extends Calls {
  /**
   * A client that sends a step-up token along: the proof that binding a further device, removing a factor, revealing and
   * renewing codes, disabling and changing the policy need. The token has the audience `countersign`, is at most five
   * minutes old, and is spent by the one call it allows. One that names an action is good only for the operation of that
   * name, such as `remove_factor`; beside a ticket it has the ticket's `session_id`. For another user it is the acting
   * person's, and a service key needs the scope admin.
   */
  withStepUp(token: string): Countersign;
}

/** Makes a client. It calls nothing yet. Make one and keep it. */
export function createCountersign({ baseUrl, credential, timeoutMs = DEFAULT_TIMEOUT_MS, fetch }: CountersignOptions): Countersign {
  checkTimeout(timeoutMs);
  const setting: Setting = { base: checkedBase(baseUrl), timeoutMs, fetch: fetch ?? ((request) => globalThis.fetch(request)) };
  return clientOf(new Caller(setting, new Credentials(credential)), `[countersign at ${setting.base}]`);
}

function clientOf(caller: Caller, text: string): Countersign {
  return printsAs({
    ...decisions(caller), ...verifications(caller), ...users(caller), ...userImports(caller), ...factors(caller), ...factorImports(caller),
    ...recoveryCodes(caller), ...accessPasses(caller), ...policies(caller), ...exemptions(caller), ...audits(caller), ...tokens(caller), ...sandboxes(caller),
    ...rememberedBrowsers(caller), ...tenants(caller),
    withStepUp: (token: string) => clientOf(caller.with(token), text),
  }, text);
}

/** The platform's own error would quote the text. */
function checkedBase(text: string): string {
  const url = isAddress(text) ? new URL(text) : undefined;
  if (!url) throw new TypeError('countersign: baseUrl must be like https://2fa.example.com, without credentials, query or fragment');
  return url.origin + url.pathname.replace(/\/+$/, '');
}
