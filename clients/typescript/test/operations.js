/** @typedef {import('@countersign/client').Countersign} Countersign */

/**
 * Every operation of a client, called somehow. Repeatable: safe to send once more. Keyed: by an Idempotency-Key.
 *
 * @type {Record<string, { repeatable?: boolean, keyed?: boolean, empty?: boolean, call: (client: Countersign, options?: import('@countersign/client').CallOptions) => Promise<unknown> }>}
 */
export const operations = {
  decide: { repeatable: true, call: (c, o) => c.decide({ user_id: 'ada' }, o) },
  createTicket: { call: (c, o) => c.createTicket('ada', { purpose: 'account' }, o) },
  verifyOptions: { repeatable: true, call: (c, o) => c.verifyOptions('ada', {}, o) },
  verify: { repeatable: true, keyed: true, call: (c, o) => c.verify('ada', { code: '314159' }, o) },
  disableTwoFactor: { empty: true, call: (c, o) => c.disableTwoFactor('ada', { code: '314159' }, o) },
  putUser: { repeatable: true, call: (c, o) => c.putUser('ada', { username: 'ada', auth_source: 'local', role: 'member', active: true }, o) },
  getUser: { repeatable: true, call: (c, o) => c.getUser('ada', o) },
  deleteUser: { empty: true, call: (c, o) => c.deleteUser('ada', o) },
  eraseUser: { repeatable: true, empty: true, call: (c, o) => c.eraseUser('ada', o) },
  exportUser: { repeatable: true, call: (c, o) => c.exportUser('ada', {}, o) },
  usersStatus: { repeatable: true, call: (c, o) => c.usersStatus(['ada'], o) },
  listUsers: { repeatable: true, call: (c, o) => c.listUsers({}, o) },
  importFactors: { call: (c, o) => c.importFactors([{ user_id: 'ada', type: 'totp', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }], o) },
  importUsers: { call: (c, o) => c.importUsers([{ user_id: 'ada', username: 'ada', auth_source: 'local', role: 'member', active: true }], o) },
  beginEnrollment: { call: (c, o) => c.beginEnrollment('ada', { type: 'totp' }, o) },
  listFactors: { repeatable: true, call: (c, o) => c.listFactors('ada', o) },
  renameFactor: { repeatable: true, call: (c, o) => c.renameFactor('ada', 'fct_1', 'Old phone', o) },
  confirmFactor: { repeatable: true, keyed: true, call: (c, o) => c.confirmFactor('ada', 'fct_1', { codes: ['314159', '271828'] }, o) },
  resyncFactor: { repeatable: true, keyed: true, call: (c, o) => c.resyncFactor('ada', 'fct_1', { codes: ['314159', '271828'] }, o) },
  removeFactor: { empty: true, call: (c, o) => c.removeFactor('ada', 'fct_1', 'stolen', o) },
  rememberBrowser: { call: (c, o) => c.rememberBrowser('ada', 'token', 'Firefox on Linux', o) },
  listRememberedBrowsers: { repeatable: true, call: (c, o) => c.listRememberedBrowsers('ada', o) },
  forgetRememberedBrowser: { empty: true, call: (c, o) => c.forgetRememberedBrowser('ada', 'brw_1', o) },
  forgetRememberedBrowsers: { repeatable: true, empty: true, call: (c, o) => c.forgetRememberedBrowsers('ada', o) },
  countRecoveryCodes: { repeatable: true, call: (c, o) => c.countRecoveryCodes('ada', o) },
  revealRecoveryCodes: { call: (c, o) => c.revealRecoveryCodes('ada', '', o) },
  regenerateRecoveryCodes: { call: (c, o) => c.regenerateRecoveryCodes('ada', o) },
  giveAccessPass: { call: (c, o) => c.giveAccessPass('ada', { reason: 'lost' }, o) },
  listAccessPasses: { repeatable: true, call: (c, o) => c.listAccessPasses('ada', o) },
  endAccessPass: { empty: true, call: (c, o) => c.endAccessPass('ada', o) },
  getPolicy: { repeatable: true, call: (c, o) => c.getPolicy(o) },
  previewPolicy: { repeatable: true, call: (c, o) => c.previewPolicy(true, o) },
  previewMandate: { repeatable: true, call: (c, o) => c.previewMandate({ mandatory_roles: ['admin', 'owner'] }, o) },
  putExemption: { call: (c, o) => c.putExemption('ada', { until: '2026-05-01T00:00:00Z', reason: 'On leave' }, o) },
  deleteExemption: { empty: true, call: (c, o) => c.deleteExemption('ada', o) },
  patchPolicy: { call: (c, o) => c.patchPolicy('"etag"', { mandatory: true }, o) },
  followEvents: { repeatable: true, call: (c, o) => c.followEvents({}, o) },
  listAuditEvents: { repeatable: true, call: (c, o) => c.listAuditEvents({}, o) },
  putTenant: { call: (c, o) => c.putTenant('globex', { edition: 'saas' }, o) },
  listTenants: { repeatable: true, call: (c, o) => c.listTenants({}, o) },
  createServiceKey: { call: (c, o) => c.createServiceKey('globex', {}, o) },
  revokeServiceKey: { repeatable: true, empty: true, call: (c, o) => c.revokeServiceKey('globex', 'key_1', o) },
  consumeToken: { call: (c, o) => c.consumeToken('token', o) },
  introspectToken: { repeatable: true, call: (c, o) => c.introspectToken('token', o) },
  advanceSandboxClock: { call: (c, o) => c.advanceSandboxClock(0, o) },
  getSandboxCode: { repeatable: true, call: (c, o) => c.getSandboxCode('ada', undefined, o) },
  useSandboxPasskey: { repeatable: true, call: (c, o) => c.useSandboxPasskey('ada', { request_options: { challenge: 'c' } }, o) },
};

/** A client's other methods. */
export const notOperations = ['allUsers', 'allAuditEvents', 'allTenants', 'withStepUp'];
