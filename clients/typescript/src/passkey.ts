import type { components } from './contract.js';

// What passes between the service and the browser's own API (WebAuthn Level 3, section 5.1), as the types of the DOM have
// it, so that the one takes what the other gives. It is read by the two of them alone.

type Schemas = components['schemas'];

/** What `PublicKeyCredential.parseCreationOptionsFromJSON` takes. */
export type PasskeyCreationOptions = {
  challenge: string;
  rp: { id?: string; name: string };
  user: { id: string; name: string; displayName: string };
  pubKeyCredParams: { type: 'public-key'; alg: number }[];
  [member: string]: any;
};

/** What `PublicKeyCredential.parseRequestOptionsFromJSON` takes. */
export type PasskeyRequestOptions = { challenge: string; rpId?: string; [member: string]: any };

export type PasskeyEnrollment = { creation_options: PasskeyCreationOptions };
export type PasskeyOptions = Omit<Schemas['PasskeyOptions'], 'request_options'> & { request_options: PasskeyRequestOptions };

export type Enrollment = Omit<Schemas['Enrollment'], 'passkey'> & { passkey?: PasskeyEnrollment };
export type VerifyOptions = { passkey: PasskeyOptions };

/** What the browser made, as `toJSON()` of its credential returns it. */
export type PasskeyRegistration = Schemas['PasskeyRegistration'];
export type PasskeyAssertion = Schemas['PasskeyAssertion'];

export type SandboxPasskeyRequest = { creation_options: PasskeyCreationOptions } | { request_options: PasskeyRequestOptions };

/** What a browser would send, of as little type as what its `toJSON()` returns. */
export type SandboxPasskey = { credential: any };
