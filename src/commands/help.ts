// What --help and the page of commands say beyond a description: which options must be given, and what an exit code means.
import type { Command } from 'commander';

/** By command: what its exit code says. Any other command ends with 0 when it did its work, and with 1 when it did not. */
const EXIT_CODES: Readonly<Record<string, string>> = {
  check: '0 all right, 1 something must be mended',
  status: '0 nothing needs a person, 1 something does, or no hub runs that posts',
  'partner test': '0 every document would be taken, 1 a file or a document would be refused',
  'partner receive': '0 every document was taken, 1 one was refused',
  'partner differences': '0 the ledger agrees with the last stock reports, 1 it does not',
  inbound: '0 announced, 1 a number was announced before with other content',
  tieout: '0 nothing waits for a person or for time, 1 something does',
  verify: '0 everything holds, 2 something does not, 1 it could not be looked at',
};

/** Marks the options that must be given, and says what exit codes mean; the short lists of commands stay as they are. */
export function completeHelp(program: Command): void {
  markRequired(program);
  for (const [path, codes] of Object.entries(EXIT_CODES)) {
    const command = path
      .split(' ')
      .reduce<Command | undefined>(
        (parent, name) => parent?.commands.find((each) => each.name() === name),
        program,
      );
    if (!command) throw new TypeError(`there is no command ${path} to say an exit code of`);
    command
      .summary(command.summary() || command.description())
      .description(`${command.description()}. Exit code: ${codes}.`);
  }
}

function markRequired(command: Command): void {
  for (const option of command.options)
    if (option.mandatory) option.description = `${option.description}; required`;
  for (const inner of command.commands) markRequired(inner);
}
