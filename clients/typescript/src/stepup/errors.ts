/** A text is no step-up token that this verifier's tenant and audience may believe. */
export class InvalidToken extends Error {
  override readonly name: string = 'InvalidToken';

  /**
   * @param claim which one, or `form`, `signature`, `kid`
   * @param why what was found, what was expected, and the remedy. It quotes what names no person and no session alone,
   * and nothing before the signature is good.
   */
  constructor(readonly claim: string, why: string) {
    super(`stepup: the token is not valid: ${claim} ${why}`);
  }
}

/** A token is valid, and not for this: another user's, another session's, for another action, too weak or too old. */
export class Mismatch extends Error {
  override readonly name: string = 'Mismatch';

  /** @param claim which one @param why as that of {@link InvalidToken} */
  constructor(readonly claim: string, why: string) {
    super(`stepup: the token is not for this: ${claim} ${why}`);
  }
}

/** Nothing can be checked, since the service's keys could not be fetched and none are kept that are young enough. */
export class KeysUnavailable extends Error {
  override readonly name: string = 'KeysUnavailable';

  constructor(readonly reason: string, options?: ErrorOptions) {
    super(`stepup: the keys could not be fetched: ${reason}`, options);
  }
}
