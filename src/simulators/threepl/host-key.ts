// Makes the key a server shows to its clients. The library writes about one ed25519 key in two hundred in a form that it
// refuses to read again, so a key counts only once it was read back.
import ssh2 from 'ssh2';

/** A new private key in OpenSSH form. */
export function newHostKey(): string {
  for (;;) {
    const { private: key } = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(key) instanceof Error)) return key;
  }
}
