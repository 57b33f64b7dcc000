// Keeps a ship-to unreadable in the database: AES-256-GCM under the partner's key. It refuses bytes that were changed.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { StockbridgeError } from '../../core/errors.ts';
import type { Vault } from '../toolkit/file-exchange.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = 1;

/** `key`: 32 bytes in base64. Sealed form: format, nonce, tag, ciphertext. */
export function vaultOf(key: string): Vault {
  const secret = Buffer.from(key, 'base64');
  return {
    seal: (plain) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', secret, nonce);
      const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([Buffer.from([FORMAT]), nonce, cipher.getAuthTag(), sealed]);
    },
    open: (sealed) => {
      const head = 1 + NONCE_BYTES;
      try {
        if (sealed[0] !== FORMAT) throw new RangeError('an unknown format');
        const decipher = createDecipheriv('aes-256-gcm', secret, sealed.subarray(1, head));
        decipher.setAuthTag(sealed.subarray(head, head + TAG_BYTES));
        return Buffer.concat([decipher.update(sealed.subarray(head + TAG_BYTES)), decipher.final()]);
      } catch (cause) {
        throw new StockbridgeError(
          'configuration_invalid',
          'stored personal data cannot be opened: it was sealed with another encryptionKey, or changed since',
          { cause },
        );
      }
    },
  };
}
