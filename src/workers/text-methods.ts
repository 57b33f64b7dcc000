// Keeps the methods of texts as quick as they are, in this process and for good. Changes nothing that a program can see.

/**
 * V8 inlines `charCodeAt`, `substring` and the like only while `String.prototype` is stored as a plain object. A class that
 * extends `String` anywhere in the process (ioredis declares one) has it stored as a dictionary, and all reading of texts
 * then takes twice as long. A few look-ups on a String object, enough for V8 to note what they find, bring it back, and no
 * later class takes it away.
 */
export function keepTextMethodsQuick(): void {
  for (let look = 0; look < ENOUGH_LOOKS; look += 1) methodOf(Object(''));
}

/** V8 takes notes from the eighth call of a function on. */
const ENOUGH_LOOKS = 64;
const methodOf = (text: { readonly charCodeAt: unknown }): unknown => text.charCodeAt;
