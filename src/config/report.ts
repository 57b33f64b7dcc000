// Collects the mistakes of one configuration and gives each its place; what it hands out has every secret masked.
import type { Finding, Problem } from './problems.ts';
import { pathText } from './problems.ts';
import type { Source } from './source.ts';

/** Shorter texts are no secrets worth hiding, and hiding them would garble every sentence. */
const SHORTEST_SECRET = 4;

export class Report {
  readonly #file: string;
  readonly #source: Source;
  /** By dotted path, the environment variable that gave a setting which the file leaves open. */
  readonly #variables: ReadonlyMap<string, string>;
  readonly #problems: Problem[] = [];

  constructor(file: string, source: Source, variables: ReadonlyMap<string, string>) {
    this.#file = file;
    this.#source = source;
    this.#variables = variables;
    for (const { position, ...mistake } of source.mistakes) {
      this.#problems.push({ source: file, ...position, path: '', ...mistake });
    }
  }

  add(findings: readonly Finding[]): void {
    for (const { path, part, ...finding } of findings) {
      const variable = this.#variables.get(path.join('.'));
      const place =
        variable === undefined
          ? { source: this.#file, ...this.#source.positionOf(path, part) }
          : { source: `environment variable ${variable}` };
      this.#problems.push({ ...place, path: pathText(path), ...finding });
    }
  }

  /** In the order of the file. `secrets` appear in none of them, whoever wrote the sentence. */
  problems(secrets: readonly string[]): readonly Problem[] {
    const hidden = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
    const safe = (text: string): string =>
      hidden.reduce((masked, secret) => masked.replaceAll(secret, '********'), text);
    return this.#problems
      .map((problem) => ({ ...problem, problem: safe(problem.problem) }))
      .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  }
}
