// How an account is called in the books, beside the id that the mapping takes. Pure.
export interface AccountName {
  readonly number: string | undefined;
  readonly name: string;
}

/** By id; empty where the books were not asked. */
export type AccountNames = ReadonlyMap<string, AccountName>;

/** Names as the books describe their accounts. */
export const namesOf = (
  accounts: readonly { readonly id: string; readonly number?: string | undefined; readonly name: string }[],
): AccountNames => new Map(accounts.map(({ id, number, name }) => [id, { number, name }]));

/** `91 (1310 Inventory)`; the id alone where no name is known. */
export function accountText(id: string, names: AccountNames): string {
  const known = names.get(id);
  if (known === undefined) return id;
  return `${id} (${known.number === undefined ? '' : `${known.number} `}${known.name})`;
}
