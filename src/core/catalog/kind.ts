// What every kind of import file does in its own file: check lines against the catalogue, then write them in one statement.
import type pg from 'pg';
import type { Affected } from './read-again.ts';
import type { Findings, Line } from './report.ts';

export interface Kind<Row, Ready> {
  /** Two lines with the same key say something about the same thing. */
  key(row: Row): string;
  /** Rejects what cannot stand and answers what is to be written; writes nothing. */
  check(session: pg.PoolClient, lines: readonly Line<Row>[], findings: Findings): Promise<readonly Ready[]>;
  write(session: pg.PoolClient, ready: readonly Ready[]): Promise<Written>;
}

export interface Written {
  /** Rows that are new or other than before. */
  readonly changed: number;
  /** Rows that are gone. */
  readonly removed?: number;
  /** Items whose availability may be another now. */
  readonly items?: readonly number[];
  /** Connections all of whose listings may have another availability now. */
  readonly connections?: readonly number[];
  /** Open orders that mean something else now. */
  readonly affected?: readonly Affected[];
}

/** The values of one column for `unnest`; what is not given is null. */
export const columnOf = <Row, Key extends keyof Row>(rows: readonly Row[], key: Key) =>
  rows.map((row) => row[key] ?? null);
