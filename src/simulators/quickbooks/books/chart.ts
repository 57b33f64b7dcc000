// The chart of accounts a company starts with: that of a small company which sells goods, ids as numbers in text.
// Which account means what to a hub is not known here; the keys only let tests and rehearsals name them.

export const TYPES = {
  Bank: 'Asset',
  'Accounts Receivable': 'Asset',
  'Other Current Asset': 'Asset',
  'Fixed Asset': 'Asset',
  'Other Asset': 'Asset',
  'Accounts Payable': 'Liability',
  'Credit Card': 'Liability',
  'Other Current Liability': 'Liability',
  'Long Term Liability': 'Liability',
  Equity: 'Equity',
  Income: 'Revenue',
  'Other Income': 'Revenue',
  'Cost of Goods Sold': 'Expense',
  Expense: 'Expense',
  'Other Expense': 'Expense',
} as const;
export type AccountType = keyof typeof TYPES;
export type Classification = (typeof TYPES)[AccountType];

export const ACCOUNT_TYPES = Object.keys(TYPES) as [AccountType, ...AccountType[]];

/** True when a debit makes the account's balance larger, as reports count it. */
export const isDebitNatured = (type: AccountType): boolean =>
  TYPES[type] === 'Asset' || TYPES[type] === 'Expense';

/** True for accounts that start every fiscal year at zero. */
export const isProfitAndLoss = (type: AccountType): boolean =>
  TYPES[type] === 'Revenue' || TYPES[type] === 'Expense';

export interface SeededAccount {
  id: string;
  number: string;
  name: string;
  type: AccountType;
  subtype: string;
  /** Id of the account it stands under. */
  parent?: string;
}

const row = (
  [id, number, name]: readonly [string, string, string],
  type: AccountType,
  subtype: string,
  parent?: string,
): SeededAccount => ({ id, number, name, type, subtype, ...(parent !== undefined && { parent }) });

/** The seeded accounts by a key of their own; the key of an account is no field of QuickBooks. */
export const CHART = {
  bank: row(['35', '1000', 'Checking'], 'Bank', 'Checking'),
  receivable: row(['84', '1200', 'Accounts Receivable (A/R)'], 'Accounts Receivable', 'AccountsReceivable'),
  inventoryAsset: row(['81', '1300', 'Inventory Asset'], 'Other Current Asset', 'Inventory'),
  inventory: row(['91', '1310', 'Inventory – hub'], 'Other Current Asset', 'OtherCurrentAssets'),
  inTransit: row(['92', '1320', 'Goods in transit'], 'Other Current Asset', 'OtherCurrentAssets'),
  consignedOut: row(['93', '1330', 'Goods on consignment'], 'Other Current Asset', 'OtherCurrentAssets'),
  workInProgress: row(['94', '1340', 'Work in progress'], 'Other Current Asset', 'OtherCurrentAssets'),
  writeDownAllowance: row(
    ['95', '1390', 'Inventory allowance'],
    'Other Current Asset',
    'AllowanceForBadDebts',
  ),
  payable: row(['33', '2000', 'Accounts Payable (A/P)'], 'Accounts Payable', 'AccountsPayable'),
  receivedNotBilled: row(
    ['96', '2100', 'Goods received not billed'],
    'Other Current Liability',
    'OtherCurrentLiabilities',
  ),
  landedClearing: row(
    ['97', '2110', 'Landed cost clearing'],
    'Other Current Liability',
    'OtherCurrentLiabilities',
  ),
  consignorPayable: row(
    ['98', '2120', 'Owed to consignors'],
    'Other Current Liability',
    'OtherCurrentLiabilities',
  ),
  opening: row(['34', '3000', 'Opening Balance Equity'], 'Equity', 'OpeningBalanceEquity'),
  retainedEarnings: row(['2', '3900', 'Retained Earnings'], 'Equity', 'RetainedEarnings'),
  sales: row(['79', '4000', 'Sales of Product Income'], 'Income', 'SalesOfProductIncome'),
  costOfGoodsSold: row(['80', '5000', 'Cost of Goods Sold'], 'Cost of Goods Sold', 'SuppliesMaterialsCogs'),
  purchases: row(['99', '5050', 'Purchases'], 'Cost of Goods Sold', 'SuppliesMaterialsCogs'),
  purchaseReturns: row(['100', '5060', 'Purchase returns'], 'Cost of Goods Sold', 'SuppliesMaterialsCogs'),
  freightIn: row(['101', '5070', 'Freight in'], 'Cost of Goods Sold', 'ShippingFreightDeliveryCos'),
  adjustment: row(['102', '5100', 'Inventory adjustments'], 'Cost of Goods Sold', 'SuppliesMaterialsCogs'),
  scrap: row(['103', '5110', 'Scrap'], 'Cost of Goods Sold', 'SuppliesMaterialsCogs', '102'),
  revaluation: row(['104', '5120', 'Revaluation'], 'Cost of Goods Sold', 'SuppliesMaterialsCogs', '102'),
  priceVariance: row(
    ['105', '5200', 'Purchase price variance'],
    'Cost of Goods Sold',
    'SuppliesMaterialsCogs',
  ),
  productionVariance: row(
    ['106', '5210', 'Production variance'],
    'Cost of Goods Sold',
    'SuppliesMaterialsCogs',
  ),
  absorbed: row(['107', '5300', 'Absorbed production costs'], 'Cost of Goods Sold', 'OtherCostsOfServiceCos'),
  writeDownExpense: row(
    ['108', '5400', 'Inventory write-downs'],
    'Cost of Goods Sold',
    'SuppliesMaterialsCogs',
  ),
  officeExpenses: row(['7', '6000', 'Office expenses'], 'Expense', 'OfficeGeneralAdministrativeExpenses'),
} as const satisfies Record<string, SeededAccount>;
export type ChartKey = keyof typeof CHART;
