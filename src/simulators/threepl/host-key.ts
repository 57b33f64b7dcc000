// Makes the key a server shows to its clients. The library writes about one ed25519 key in two hundred in a form that it
// refuses to read again, so a key counts only once it was read back.
import ssh2 from 'ssh2';

/** A new private key in OpenSSH form. */
export const newHostKey = (): string => newKeyPair().private;

/** A new pair in OpenSSH form, locked with the passphrase where there is one. */
export function newKeyPair(passphrase?: string): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync(
      'ed25519',
      passphrase === undefined ? {} : { passphrase, cipher: 'aes256-cbc', rounds: 4 },
    );
    if (!(ssh2.utils.parseKey(pair.private, passphrase) instanceof Error)) return pair;
  }
}
