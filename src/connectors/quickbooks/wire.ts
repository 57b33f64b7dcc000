// The shapes of QuickBooks that this connector reads. Unknown fields are let through unread: Intuit adds some without notice.
import { z } from 'zod';

/** Ids are digits in text; a sender may write them as numbers. */
export const idText = z.union([z.string().min(1), z.number()]).transform(String);
/** Fractional numbers arrive as their text exactly as written. */
const decimalText = z.union([z.string(), z.number()]).transform(String);
const text = z.string().nullish();
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]).nullish();
const reference = z.object({ value: idText, name: text }).nullish();

export const journalLineSchema = z.object({
  Amount: decimalText.nullish(),
  Description: text,
  DetailType: z.string(),
  JournalEntryLineDetail: z
    .object({
      PostingType: z.enum(['Debit', 'Credit']),
      AccountRef: reference,
      ClassRef: reference,
      DepartmentRef: reference,
    })
    .nullish(),
});

export const journalEntrySchema = z.object({
  Id: idText,
  SyncToken: idText,
  DocNumber: text,
  TxnDate: z.string(),
  PrivateNote: text,
  CurrencyRef: reference,
  DepartmentRef: reference,
  MetaData: z.object({ LastUpdatedTime: z.string() }),
  Line: z.array(journalLineSchema).default([]),
});
export type JournalEntry = z.infer<typeof journalEntrySchema>;

export const accountSchema = z.object({
  Id: idText,
  Name: z.string(),
  FullyQualifiedName: text,
  Active: flag,
  AcctNum: text,
  AccountType: z.string(),
  AccountSubType: text,
  Classification: text,
  CurrencyRef: reference,
});
export type Account = z.infer<typeof accountSchema>;

export const namedSchema = z.object({
  Id: idText,
  Name: z.string(),
  FullyQualifiedName: text,
  Active: flag,
});
export type Named = z.infer<typeof namedSchema>;

export const companySchema = z.object({ CompanyName: z.string(), LegalName: text });

export const preferencesSchema = z.object({
  AccountingInfoPrefs: z
    .object({
      BookCloseDate: text,
      ClassTrackingPerTxn: flag,
      ClassTrackingPerTxnLine: flag,
      TrackDepartments: flag,
    })
    .default({}),
  CurrencyPrefs: z.object({ HomeCurrency: reference, MultiCurrencyEnabled: flag }).default({}),
  ProductAndServicesPrefs: z.object({ QuantityOnHand: flag }).default({}),
});
export type Preferences = z.infer<typeof preferencesSchema>;

/** Rows of one entity; a query that finds nothing answers without the entity’s name. */
export const queryAnswer = <T extends z.ZodType>(entity: string, row: T) =>
  z
    .object({ QueryResponse: z.object({ [entity]: z.array(row).optional() }) })
    .transform(
      ({ QueryResponse }) => (QueryResponse as Record<string, z.output<T>[] | undefined>)[entity] ?? [],
    );

const changedRow = z.object({
  Id: idText,
  SyncToken: idText.nullish(),
  status: text,
  MetaData: z.object({ LastUpdatedTime: text }).nullish(),
});
export type ChangedRow = z.infer<typeof changedRow>;

export const changesAnswer = z.object({
  CDCResponse: z.array(z.object({ QueryResponse: z.array(z.record(z.string(), z.unknown())).default([]) })),
  time: text,
});

/** The rows of one entity in an answer about changes, and how many there were. */
export function changedRows(answer: z.infer<typeof changesAnswer>, entity: string): readonly ChangedRow[] {
  return answer.CDCResponse.flatMap(({ QueryResponse }) =>
    QueryResponse.flatMap((response) => z.array(changedRow).optional().parse(response[entity]) ?? []),
  );
}
