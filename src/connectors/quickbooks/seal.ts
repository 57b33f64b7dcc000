// Keeps tokens unreadable in the database: AES-256-GCM under a key made from the app's client secret, which is not there.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Seal {
  seal(plain: string): string;
  /** Undefined when it was sealed with another secret, or changed since. */
  open(sealed: string): string | undefined;
}

/** The seal of one company’s tokens. Sealed form: nonce, tag and ciphertext, in base64. */
export function sealOf(clientSecret: string, realmId: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', clientSecret, realmId, 'stockbridge quickbooks tokens', 32));
  return {
    seal: (plain) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },
    open: (text) => {
      const sealed = Buffer.from(text, 'base64');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const rest = sealed.subarray(NONCE_BYTES + TAG_BYTES);
        return Buffer.concat([decipher.update(rest), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
