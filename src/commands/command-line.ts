// What a group of commands needs of the command line that it is added to.
import type { GlobalOptions } from './session.ts';

export interface CommandLine {
  /** Runs the work of a command and hands its exit code on. */
  readonly run: (
    work: (...given: never[]) => Promise<number | undefined>,
  ) => (...given: unknown[]) => Promise<void>;
  readonly globals: () => GlobalOptions;
  readonly wholeNumber: (text: string) => number;
}
