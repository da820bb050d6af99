import { Problem } from './problem.js';

/** @typedef {import('./client.js').Schemas} Schemas */
/** @typedef {{ id: string, type: PublicKeyCredentialType, transports?: AuthenticatorTransport[] }} Descriptor */
/** @typedef {Record<string, any>} JSONObject what the contract leaves to WebAuthn */

/** Whether this browser has WebAuthn, which it hides from pages that did not come over a secure connection. */
export const passkeysSupported = () => typeof window.PublicKeyCredential === 'function' && Boolean(navigator.credentials?.get);

/**
 * Why a browser made or used no passkey. It does not tell apart who said no, whose time ran out and who has none: pages are not to
 * learn that (WebAuthn Level 3, section 14.5.1).
 *
 * @type {Record<string, string>}
 */
const CODES = { NotAllowedError: 'passkey_dismissed', AbortError: 'passkey_dismissed', InvalidStateError: 'passkey_exists' };

/** @param {unknown} error */
function problemOf(error) {
  return error instanceof DOMException ? new Problem(CODES[error.name] ?? 'passkey_unavailable', { detail: error.name }) : error;
}

/**
 * Has the browser make a passkey. It has to follow a tap at once.
 *
 * @param {JSONObject} options a PublicKeyCredentialCreationOptionsJSON
 * @param {AbortSignal} signal
 * @returns {Promise<Schemas['RegistrationResponse']>}
 */
export async function createPasskey(options, signal) {
  const credential = await navigator.credentials.create({ publicKey: creationFrom(options), signal }).catch((error) => { throw problemOf(error); });
  return /** @type {Schemas['RegistrationResponse']} */ (jsonOf(/** @type {PublicKeyCredential} */ (credential)));
}

/**
 * Has the browser use a passkey. It has to follow a tap at once.
 *
 * @param {JSONObject} options a PublicKeyCredentialRequestOptionsJSON
 * @param {AbortSignal} signal
 * @returns {Promise<Schemas['AuthenticationResponse']>}
 */
export async function usePasskey(options, signal) {
  const credential = await navigator.credentials.get({ publicKey: requestFrom(options), signal }).catch((error) => { throw problemOf(error); });
  return /** @type {Schemas['AuthenticationResponse']} */ (jsonOf(/** @type {PublicKeyCredential} */ (credential)));
}

/**
 * Tells whatever holds a passkey that it opens nothing any more, so that it is not offered again. Browsers that cannot, do not.
 *
 * @param {string} rpId @param {string} credentialId
 */
export async function forgetPasskey(rpId, credentialId) {
  const known = /** @type {any} */ (window.PublicKeyCredential);
  await known?.signalUnknownCredential?.({ rpId, credentialId })?.catch(() => {}); // it is a courtesy
}

/** @param {JSONObject} options @returns {PublicKeyCredentialCreationOptions} */
function creationFrom(options) {
  const native = window.PublicKeyCredential.parseCreationOptionsFromJSON;
  return native ? native.call(window.PublicKeyCredential, /** @type {any} */ (options)) : creationFromJSON(options);
}

/** @param {JSONObject} options @returns {PublicKeyCredentialRequestOptions} */
function requestFrom(options) {
  const native = window.PublicKeyCredential.parseRequestOptionsFromJSON;
  return native ? native.call(window.PublicKeyCredential, /** @type {any} */ (options)) : requestFromJSON(options);
}

/** Extensions that stand in for the browser make credentials on which its own toJSON throws. @param {PublicKeyCredential} credential */
function jsonOf(credential) {
  try {
    return credential.toJSON();
  } catch {
    return credentialToJSON(credential);
  }
}

/** What parseCreationOptionsFromJSON makes, of options without extensions. @param {JSONObject} options @returns {any} */
export function creationFromJSON(options) {
  return {
    ...options, challenge: bytesOf(options.challenge), user: { ...options.user, id: bytesOf(options.user.id) },
    excludeCredentials: options.excludeCredentials?.map(descriptor),
  };
}

/** What parseRequestOptionsFromJSON makes, of options without extensions. @param {JSONObject} options @returns {any} */
export function requestFromJSON(options) {
  return { ...options, challenge: bytesOf(options.challenge), allowCredentials: options.allowCredentials?.map(descriptor) };
}

/** @param {Descriptor} credential */
const descriptor = (credential) => ({ ...credential, id: bytesOf(credential.id) });

/** What toJSON makes, as far as the service reads it. @param {PublicKeyCredential} credential @returns {JSONObject} */
export function credentialToJSON(credential) {
  const { response } = credential;
  /** @type {JSONObject} */
  const made = { clientDataJSON: textOf(response.clientDataJSON) };
  for (const name of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    const value = /** @type {any} */ (response)[name];
    if (value) made[name] = textOf(value);
  }
  if ('attestationObject' in response) {
    made.transports = /** @type {AuthenticatorAttestationResponse} */ (response).getTransports?.() ?? [];
    delete made.authenticatorData; // the attestation holds it
  }
  return {
    id: credential.id, rawId: textOf(credential.rawId), type: credential.type, response: made,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined, clientExtensionResults: credential.getClientExtensionResults(),
  };
}

/** base64url without padding (RFC 4648, section 5). @param {ArrayBuffer} bytes */
export const textOf = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** @param {string} text */
export const bytesOf = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
