import { createHmac } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An authenticator app: RFC 4226, section 5.3, over RFC 6238, section 4, as they are written. Its clock stands still, so that codes follow each other. */
export class Phone {
  #secret;
  #step = Math.floor(Date.now() / 30_000);

  /** Scans what an enrollment shows. @param {import('@countersign/client').Enrollment} enrollment */
  constructor({ totp }) {
    if (!totp) throw new TypeError('this is no enrollment of an authenticator app');
    const bits = Array.from(totp.secret, (letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
    this.#secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  }

  /** The code so many steps from now. @param {number} from */
  code(from) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(this.#step + from));
    const hs = createHmac('sha1', this.#secret).update(counter).digest();
    const offset = /** @type {number} */ (hs.at(-1)) & 0xf;
    return String((hs.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
  }
}
