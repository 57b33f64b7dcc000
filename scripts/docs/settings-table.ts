// Settings as tables, made from their JSON Schema: one row for each thing a person can write.
import { alternativesOf, type JsonSchema } from '../../src/config/json-schema.ts';

export interface SettingRow {
  /** Dotted; `<name>` stands for a name of one's own, `[]` for each entry of a list. */
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  /** The choice with which it exists, such as `kind: token`; empty: always. */
  readonly condition: string;
  readonly default: unknown;
  readonly secret: boolean;
  readonly description: string;
}

/** Every setting under a schema, groups before what is in them, in the order of the schema. */
export function settingRows(schema: JsonSchema, prefix = '', condition = ''): readonly SettingRow[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [
      rowOf(child, path, schema.required?.includes(key) ?? false, condition),
      ...settingRows(child, path, condition),
    ];
  });
  const inside = [
    ...partsOf(schema.additionalProperties, prefix === '' ? '<name>' : `${prefix}.<name>`, condition),
    ...partsOf(schema.items, `${prefix}[]`, condition),
    ...(schema.allOf ?? []).flatMap((part) => settingRows(part, prefix, condition)),
  ];
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map((alternative) =>
    settingRows(alternative, prefix, choiceOf(alternative) ?? condition),
  );
  return [...own, ...inside, ...mergedAlternatives(alternatives)];
}

const partsOf = (
  schema: JsonSchema | boolean | undefined,
  prefix: string,
  condition: string,
): readonly SettingRow[] =>
  typeof schema === 'object' && hasParts(schema) ? settingRows(schema, prefix, condition) : [];

/** The word that chooses this alternative, as it is written: `kind: token`. */
function choiceOf(alternative: JsonSchema): string | undefined {
  const chosen = Object.entries(alternative.properties ?? {}).find(
    ([, property]) => property.const !== undefined,
  );
  return chosen && `${chosen[0]}: ${String(chosen[1].const)}`;
}

const hasParts = (schema: JsonSchema): boolean =>
  alternativesOf(schema).some(
    (place) => place.properties !== undefined || typeof place.additionalProperties === 'object',
  );

const rowOf = (schema: JsonSchema, path: string, required: boolean, condition: string): SettingRow => ({
  path,
  type: typeText(schema),
  required,
  condition,
  default: schema.default,
  secret: isSecret(schema),
  description: schema.description ?? '',
});

/** A setting that every alternative knows is one row; any other keeps the condition under which it exists. */
function mergedAlternatives(alternatives: readonly (readonly SettingRow[])[]): readonly SettingRow[] {
  const paths = [...new Set(alternatives.flat().map(({ path }) => path))];
  return paths.flatMap((path) => {
    const rows = alternatives.flatMap((alternative) => alternative.find((row) => row.path === path) ?? []);
    const [first] = rows;
    if (!first) return [];
    if (rows.length === 1) return alternatives.length === 1 ? [{ ...first, condition: '' }] : [first];
    return [
      {
        ...first,
        type: joined(
          rows.map(({ type }) => type),
          ' or ',
        ),
        required: rows.every(({ required }) => required),
        condition:
          rows.length === alternatives.length
            ? ''
            : joined(
                rows.map(({ condition }) => condition),
                ', ',
              ),
        secret: rows.some(({ secret }) => secret),
        description: joined(rows.map(choiceText), ' '),
      },
    ];
  });
}

/** A fixed word explains itself: `token`: … */
const choiceText = ({ type, description }: SettingRow): string =>
  /^`[^`]*`$/.test(type) && description !== '' ? `${type}: ${description}` : description;

const joined = (texts: readonly string[], separator: string): string =>
  [...new Set(texts.filter((text) => text !== ''))].join(separator);

const isSecret = (schema: JsonSchema): boolean =>
  alternativesOf(schema).some(
    (place) => place.secret === true || (typeof place.items === 'object' && isSecret(place.items)),
  );

function typeText(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((word) => `\`${String(word)}\``).join(', ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(typeText))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.map((type: string) => typeText({ type })).join(' or ');
  switch (schema.type) {
    case 'string':
      return schema.format === 'uri' ? 'address' : 'text';
    case 'integer':
      return `whole number${rangeText(schema)}`;
    case 'number':
      return `number${rangeText(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `list of ${typeof schema.items === 'object' ? typeText(schema.items) : 'anything'}`;
    case 'object':
      return typeof schema.additionalProperties === 'object' && hasParts(schema.additionalProperties)
        ? 'group of names'
        : 'group';
    default:
      return 'anything';
  }
}

function rangeText({ minimum, maximum }: JsonSchema): string {
  const least = typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined;
  const most = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined;
  if (least !== undefined && most !== undefined) return `, ${least} to ${most}`;
  if (least !== undefined) return `, ${least} or more`;
  return most === undefined ? '' : `, at most ${most}`;
}

/** The rows as a Markdown table. */
export function settingsTable(rows: readonly SettingRow[]): string {
  const lines = rows.map((row) => {
    const meaning = `${row.secret ? '**Secret.** ' : ''}${row.description}`;
    return `| \`${row.path}\` | ${cell(row.type)} | ${cell(defaultText(row))} | ${cell(meaning)} |`;
  });
  return ['| setting | type | default | meaning |', '|---|---|---|---|', ...lines].join('\n');
}

function defaultText(row: SettingRow): string {
  const condition = row.condition === '' ? '' : ` with \`${row.condition}\``;
  if (row.required) return `required${condition}`;
  const isEmptyGroup =
    typeof row.default === 'object' && row.default !== null && Object.keys(row.default).length === 0;
  return row.default === undefined || isEmptyGroup
    ? condition.trimStart()
    : `\`${JSON.stringify(row.default)}\`${condition}`;
}

/** Text for a table cell: the bar would end the cell. */
export const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
