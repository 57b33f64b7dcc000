// What an import says back: each line that could not be taken with its remedy, and what a person should know besides.

export interface LineProblem {
  /** From one, as an editor shows it. */
  readonly line: number;
  /** Our name of the column; empty when the whole line is meant. */
  readonly column: string;
  /** What the file says there, shortened. */
  readonly value: string;
  readonly problem: string;
  readonly help: string;
}

export interface LineNotice {
  readonly line: number;
  readonly column: string;
  readonly value: string;
  readonly notice: string;
}

/** A row of the file in our column names and types. */
export interface Line<Row> {
  readonly line: number;
  readonly row: Row;
  /** The cells as written, by our column names. */
  readonly cells: Readonly<Record<string, string>>;
}

/** Collects findings by line; a rejected line stays rejected. */
export class Findings {
  readonly rejected: LineProblem[] = [];
  readonly notices: LineNotice[] = [];
  /** The cells of rejected lines by our column names, for kinds whose lines belong together. */
  readonly rejectedCells: Readonly<Record<string, string>>[] = [];
  readonly #lines = new Set<number>();

  reject(line: Line<unknown>, column: string, problem: string, help: string): void {
    this.rejectedCells.push(line.cells);
    this.rejectLine(line.line, column, line.cells[column] ?? '', problem, help);
  }

  rejectLine(line: number, column: string, value: string, problem: string, help: string): void {
    this.#lines.add(line);
    this.rejected.push({ line, column, value: excerptOf(value), problem, help });
  }

  notice(line: Line<unknown>, column: string, notice: string): void {
    this.notices.push({ line: line.line, column, value: excerptOf(line.cells[column] ?? ''), notice });
  }

  isRejected(line: { readonly line: number }): boolean {
    return this.#lines.has(line.line);
  }
}

const excerptOf = (value: string): string => (value.length > 80 ? `${value.slice(0, 79)}…` : value);
