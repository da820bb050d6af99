import type { Countersign } from '@countersign/client';

/** Makes a passkey, and returns the recovery codes, to be shown. */
export async function addPasskey(page: Countersign, user: string, name: string): Promise<string[]> {
  const { factor_id: factor, passkey } = await page.beginEnrollment(user, { type: 'passkey', name });
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(passkey!.creation_options);
  const made = await navigator.credentials.create({ publicKey }) as PublicKeyCredential;
  return (await page.confirmFactor(user, factor, { passkey: { credential: made.toJSON() } })).recovery_codes;
}

/** Asks for a passkey, and returns the step-up token. It rejects with a NotAllowedError when the person closed the dialogue. */
export async function provePasskey(page: Countersign, user: string): Promise<string> {
  const { passkey: { state, request_options: options } } = await page.verifyOptions(user, {});
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const used = await navigator.credentials.get({ publicKey }) as PublicKeyCredential;
  return (await page.verify(user, { passkey: { state, credential: used.toJSON() } })).step_up_token;
}
