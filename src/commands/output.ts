// How commands speak: tables and sentences for people, one JSON document with --json, progress on standard error.

export interface Output {
  readonly json: boolean;
  /** A sentence for people; nothing with --json. */
  say(text?: string): void;
  /** A sentence for people that is no part of the result: on standard error, nothing with --json. */
  aside(text: string): void;
  /** The result: printed as JSON with --json, otherwise by `forPeople`. */
  result(value: unknown, forPeople: () => string): void;
  /** Progress on standard error, rewritten in place on a terminal; nothing with --json. */
  progress(text: string): void;
  progressDone(): void;
}

export function output(options: { json?: boolean | undefined }): Output {
  const json = options.json ?? false;
  const live = process.stderr.isTTY && !json;
  let last = 0;
  return {
    json,
    say: (text = '') => {
      if (!json) process.stdout.write(`${text}\n`);
    },
    aside: (text) => {
      if (!json) process.stderr.write(`${text}\n`);
    },
    result: (value, forPeople) => {
      process.stdout.write(json ? `${JSON.stringify(value, exact, 2)}\n` : `${forPeople()}\n`);
    },
    progress: (text) => {
      if (json) return;
      if (live) process.stderr.write(`\r\u001b[2K${text}`);
      else if (Date.now() - last > 2_000) process.stderr.write(`${text}\n`);
      last = Date.now();
    },
    progressDone: () => {
      if (live) process.stderr.write('\r\u001b[2K');
    },
  };
}

/** Exact numbers beyond JavaScript's are written as text, and buffers as hex. */
const exact = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;

/** Columns padded to their widest cell; numbers to the right. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  indent = '  ',
): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const numeric = header.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^-?[\d.,]*$|^—$/.test(row[column] ?? '')),
  );
  const line = (cells: readonly string[]) =>
    indent +
    cells
      .map((cell, column) =>
        numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(header), indent + widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join(
    '\n',
  );
}
