// What the company is set up like: its currency, closing date, chart of accounts, classes and departments.
// The currency and whether there are several are remembered for some minutes; the closing date never is.
import type { BooksAccount, BooksDescription, BooksName } from '../contract.ts';
import type { QuickbooksClient } from './client.ts';
import type { Account, Named, Preferences } from './wire.ts';

export interface Company {
  describe(): Promise<BooksDescription>;
  money(): Promise<{ readonly currency: string; readonly multicurrency: boolean }>;
  /** The last closed day as it is now. */
  closedThrough(): Promise<string | undefined>;
}

const REMEMBERED_MS = 5 * 60 * 1000;

export function companyOf(client: QuickbooksClient, now: () => Date): Company {
  let known: { readonly atMs: number; readonly preferences: Preferences } | undefined;

  const fresh = async (): Promise<Preferences> => {
    const preferences = await client.preferences();
    known = { atMs: now().getTime(), preferences };
    return preferences;
  };
  const recent = async (): Promise<Preferences> =>
    known !== undefined && now().getTime() - known.atMs < REMEMBERED_MS ? known.preferences : fresh();

  return {
    money: async () => moneyOf(await recent()),
    closedThrough: async () => closedThroughOf(await fresh()),
    describe: async () => {
      const preferences = await fresh();
      const { AccountingInfoPrefs: info, ProductAndServicesPrefs: products } = preferences;
      const usesClasses = info.ClassTrackingPerTxn === true || info.ClassTrackingPerTxnLine === true;
      const usesDepartments = info.TrackDepartments === true;
      const company = await client.company();
      const accounts = await client.accounts();
      return {
        company: company.CompanyName,
        ...moneyOf(preferences),
        closedThrough: closedThroughOf(preferences),
        accounts: accounts.map((account) => accountOf(account, products.QuantityOnHand === true)),
        // Plans without them refuse the question.
        classes: usesClasses ? (await client.classes()).map(nameOf) : [],
        departments: usesDepartments ? (await client.departments()).map(nameOf) : [],
        usesClasses,
        usesDepartments,
      };
    },
  };
}

const moneyOf = ({ CurrencyPrefs: { HomeCurrency, MultiCurrencyEnabled } }: Preferences) => ({
  // Companies made before Intuit kept several currencies name none; those are in the United States.
  currency: HomeCurrency?.value ?? 'USD',
  multicurrency: MultiCurrencyEnabled === true,
});

const closedThroughOf = ({ AccountingInfoPrefs: { BookCloseDate } }: Preferences): string | undefined =>
  BookCloseDate ? BookCloseDate.slice(0, 10) : undefined;

const nameOf = ({ Id, Name, FullyQualifiedName, Active }: Named): BooksName => ({
  id: Id,
  name: FullyQualifiedName ?? Name,
  active: Active !== false,
});

function accountOf(account: Account, tracksQuantities: boolean): BooksAccount {
  const unfit = unfitnessOf(account, tracksQuantities);
  return {
    ...nameOf(account),
    number: account.AcctNum ?? undefined,
    type: account.AccountType,
    subtype: account.AccountSubType ?? undefined,
    currency: account.CurrencyRef?.value,
    ...(unfit === undefined ? {} : { unfit }),
  };
}

function unfitnessOf(
  { AccountType, AccountSubType }: Account,
  tracksQuantities: boolean,
): string | undefined {
  if (AccountType === 'Accounts Receivable')
    return 'QuickBooks wants a customer on every line of an accounts receivable account, and journals of the hub name none';
  if (AccountType === 'Accounts Payable')
    return 'QuickBooks wants a vendor on every line of an accounts payable account, and journals of the hub name none';
  if (tracksQuantities && AccountSubType === 'Inventory')
    return 'QuickBooks keeps the value of its own inventory items in this account; a journal would part it from them. Make another account of the type Other Current Asset for the hub';
  return undefined;
}
