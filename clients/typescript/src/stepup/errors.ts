/** A text is no step-up token that this verifier's tenant and audience may believe. */
export class InvalidToken extends Error {
  override readonly name: string = 'InvalidToken';

  /** @param claim which one, or `form`, `signature`, `kid`. Of values nothing is told. */
  constructor(readonly claim: string) {
    super(`stepup: the token is not valid: ${claim}`);
  }
}

/** A token is valid, and not for this: another user's, another session's, for another action, too weak or too old. */
export class Mismatch extends Error {
  override readonly name: string = 'Mismatch';

  constructor(readonly claim: string) {
    super(`stepup: the token is not for this: ${claim}`);
  }
}

/** Nothing can be checked, since the service's keys could not be fetched and none are kept that are young enough. */
export class KeysUnavailable extends Error {
  override readonly name: string = 'KeysUnavailable';

  constructor(readonly reason: string, options?: ErrorOptions) {
    super(`stepup: the keys could not be fetched: ${reason}`, options);
  }
}
