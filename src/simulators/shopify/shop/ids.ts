// Hands out the shop's ids. They stay strings of digits everywhere: a number would round above 2^53.

export type Ids = { next(): string };

/** The first odd number a double cannot hold: ids from here on collide in pairs as soon as anyone rounds them. */
const firstUnsafeId = 2n ** 53n + 1n;

/** Ids that grow by an uneven step, as the vendor's do; with `large`, neighbours that rounding would merge. */
export function createIds(large: boolean): Ids {
  let last = large ? firstUnsafeId : 4_500_000_000_000n;
  return {
    next() {
      last += large ? 1n : 32_771n;
      return last.toString();
    },
  };
}

export const gid = (kind: string, id: string): string => `gid://shopify/${kind}/${id}`;

/** The kind and digits of a gid, or undefined when it is not one of this vendor's. */
export function parseGid(
  value: string,
): { kind: string; id: string; itemId: string | undefined } | undefined {
  const match = /^gid:\/\/shopify\/([A-Za-z]+)\/(\d+)(?:\?inventory_item_id=(\d+))?$/.exec(value);
  return match ? { kind: match[1] ?? '', id: match[2] ?? '', itemId: match[3] } : undefined;
}
