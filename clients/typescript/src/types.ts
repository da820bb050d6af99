import type { components, paths } from './contract.js';

export type * from './passkey.js';

type Schemas = components['schemas'];

export type Role = Schemas['Role'];
export type AuthSource = Schemas['AuthSource'];
export type Method = Schemas['Method'];
export type FirstFactor = Schemas['FirstFactor'];
export type UserInput = Schemas['UserInput'];
export type User = Schemas['User'];
export type UserStatus = Schemas['UserStatus'];
export type TwoFactorStatus = Schemas['TwoFactorStatus'];
export type UserList = Schemas['UserList'];
export type UserExport = Schemas['UserExport'];
export type UserLine = Schemas['UserLine'];
export type UserImport = Schemas['UserImport'];
export type FactorLine = Schemas['FactorLine'];
export type FactorImport = Schemas['FactorImport'];
export type DecisionRequest = Schemas['DecisionRequest'];
export type TicketRequest = Schemas['TicketRequest'];
export type Ticket = Schemas['Ticket'];
export type EnrollmentRequest = Schemas['EnrollmentRequest'];
export type TOTPEnrollment = Schemas['TOTPEnrollment'];
export type BrowserSecret = Schemas['BrowserSecret'];
export type IssuedBrowser = Schemas['IssuedBrowser'];
export type RememberedBrowser = Schemas['RememberedBrowser'];
export type Factor = Schemas['Factor'];
export type TOTPFactor = Schemas['TOTPFactor'];
export type PasskeyFactor = Schemas['PasskeyFactor'];
export type ConfirmRequest = Schemas['ConfirmRequest'];
export type Confirmation = Schemas['Confirmation'];
export type ResyncRequest = Schemas['ResyncRequest'];
export type Resync = Schemas['Resync'];
export type VerifyOptionsRequest = Schemas['VerifyOptionsRequest'];
export type VerifyRequest = Schemas['VerifyRequest'];
export type Verification = Schemas['Verification'];
export type DisableRequest = Schemas['DisableRequest'];
export type RecoveryCodes = Schemas['RecoveryCodes'];
export type RecoveryCodeStatus = Schemas['RecoveryCodeStatus'];
export type AccessPassRequest = Schemas['AccessPassRequest'];
export type AccessPassStatus = Schemas['AccessPassStatus'];
export type GivenAccessPass = Schemas['GivenAccessPass'];
export type Policy = Schemas['Policy'];
export type PolicyPatch = Schemas['PolicyPatch'];
export type PolicyPreview = Schemas['PolicyPreview'];
export type Exemption = Schemas['Exemption'];
export type ExemptionRequest = Schemas['ExemptionRequest'];
export type AuditEvent = Schemas['AuditEvent'];
export type AuditEventList = Schemas['AuditEventList'];
export type EventFeed = Schemas['EventFeed'];
export type StepUpClaims = Schemas['StepUpClaims'];
export type Introspection = Schemas['Introspection'];
export type SandboxCode = Schemas['SandboxCode'];
export type ProblemCode = Schemas['ProblemCode'];
export type ProblemField = Schemas['ProblemField'];

/** Selects users; all that is set must hold. */
export type UserFilter = NonNullable<paths['/v1/users']['get']['parameters']['query']>;

/** Which page of the events an export has. */
export type ExportPage = NonNullable<paths['/v1/users/{user_id}/export']['get']['parameters']['query']>;

/** A mandate to be tried: whom it is about, all four roles being everybody, and with what. */
export type Mandate = Omit<NonNullable<paths['/v1/policy/preview']['get']['parameters']['query']>, 'mandatory'>;

/** From where on events are followed. `wait` is in seconds. */
export type EventFeedQuery = NonNullable<paths['/v1/events']['get']['parameters']['query']>;

/** Selects audit events; all that is set must hold. `to` is the time from which on events are left out. */
export type AuditFilter = NonNullable<paths['/v1/audit-events']['get']['parameters']['query']>;

type Told = Omit<Schemas['Decision'], 'decision' | 'ticket'>;

/**
 * What the host does now for a user. Only `allow` lets anybody in; it also means "nothing is asked of this user", so
 * where an action needs a second factor in any case, treat it as `enroll`.
 */
export type Decision =
  | (Told & { decision: 'allow' | 'deny'; ticket?: undefined })
  | (Told & { decision: 'challenge' | 'enroll'; /** for the browser, and nobody else */ ticket: string });
export type TenantInput = Schemas['TenantInput'];
export type Tenant = Schemas['Tenant'];
export type TenantList = Schemas['TenantList'];
export type TenantCreated = Schemas['TenantCreated'];
export type ServiceKeyInput = Schemas['ServiceKeyInput'];
export type ServiceKeyCreated = Schemas['ServiceKeyCreated'];
