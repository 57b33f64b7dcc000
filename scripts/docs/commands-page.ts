// The page of all commands, made from the program that runs them.
import type { Command, Option } from 'commander';
import { MARK } from './markdown-pages.ts';
import { cell } from './settings-table.ts';

/** Every command with its arguments and options, in the order in which the program shows them. */
export const commandsPage = (program: Command): string =>
  `${[MARK, '# Commands', program.description(), ...optionsOf(program), ...program.commands.flatMap((command) => sectionOf(command, program.name()))].filter((part) => part !== '').join('\n\n')}\n`;

function sectionOf(command: Command, parent: string): string[] {
  if ((command as unknown as { readonly _hidden?: boolean })._hidden) return [];
  const name = `${parent} ${command.name()}`;
  return [
    `## ${name}`,
    command.description(),
    `\`${name} ${command.usage()}\``,
    ...argumentsOf(command),
    ...optionsOf(command),
    ...command.commands.flatMap((inner) => sectionOf(inner, name)),
  ];
}

function argumentsOf({ registeredArguments }: Command): string[] {
  if (registeredArguments.length === 0) return [];
  const rows = registeredArguments.map((argument) => {
    const choices = argument.argChoices ? ` One of ${argument.argChoices.join(', ')}.` : '';
    return `| \`${argument.name()}\` | ${cell(`${argument.description}${choices}`)} |`;
  });
  return [['| argument | meaning |', '|---|---|', ...rows].join('\n')];
}

function optionsOf({ options }: Command): string[] {
  const shown = options.filter(({ hidden }) => !hidden);
  if (shown.length === 0) return [];
  return [['| option | meaning |', '|---|---|', ...shown.map(optionRow)].join('\n')];
}

function optionRow(option: Option): string {
  const choices = option.argChoices ? ` One of ${option.argChoices.join(', ')}.` : '';
  const standard =
    option.defaultValueDescription ??
    (option.defaultValue === undefined ? undefined : JSON.stringify(option.defaultValue));
  return `| \`${option.flags}\` | ${cell(`${option.description}${choices}${standard === undefined ? '' : ` Default ${standard}.`}`)} |`;
}
