// What the simulated shop answers when somebody asks for the impossible; never a bug of the simulator itself.

/** A request the shop turns down, with a code a caller can branch on. */
export class ShopRefusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'ShopRefusal';
    this.code = code;
  }
}

/** Returns the value, or refuses with NOT_FOUND naming what was looked for. */
export function found<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null)
    throw new ShopRefusal('NOT_FOUND', `${what} does not exist in this shop`);
  return value;
}
