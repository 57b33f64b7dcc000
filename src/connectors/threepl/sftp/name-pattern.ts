// Patterns of file names: `*`, `?`, and digits that mean an order. Compared without regard to case, and without
// regular expressions, whose time on a name a partner chose nobody can promise.

type Token = 'run' | 'one' | 'sequence' | 'time' | { readonly literal: string };

export interface NameMatch {
  /** Digits where the pattern says `{sequence}`. */
  readonly sequence: string | undefined;
  /** Digits where the pattern says `{time}`. */
  readonly time: string | undefined;
}

/** What a name says under a pattern; undefined when it does not match. `*` is any run of characters, `?` any one. */
export function nameMatch(pattern: string, name: string): NameMatch | undefined {
  const tokens = tokensOf(pattern.toLowerCase());
  const characters = [...name.toLowerCase()];
  const failed = new Set<number>();
  const found: { sequence?: string; time?: string } = {};

  // Each pair of places is tried once, so the work is at most pattern length × name length² for digits.
  const from = (token: number, at: number): boolean => {
    const place = token * (characters.length + 1) + at;
    if (failed.has(place)) return false;
    const matches = step(token, at);
    if (!matches) failed.add(place);
    return matches;
  };
  const step = (token: number, at: number): boolean => {
    const wanted = tokens[token];
    if (wanted === undefined) return at === characters.length;
    if (wanted === 'run') return from(token + 1, at) || (at < characters.length && from(token, at + 1));
    if (wanted === 'one') return at < characters.length && from(token + 1, at + 1);
    if (typeof wanted === 'object') return characters[at] === wanted.literal && from(token + 1, at + 1);
    // Digits are taken whole: half a number would be another number.
    if (at > 0 && isDigit(characters[at - 1]) && tokens[token - 1] === 'run') return false;
    let end = at;
    while (isDigit(characters[end])) end += 1;
    if (end === at || !from(token + 1, end)) return false;
    found[wanted] = characters.slice(at, end).join('');
    return true;
  };
  return from(0, 0) ? { sequence: found.sequence, time: found.time } : undefined;
}

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && /^[0-9]$/.test(character);

function tokensOf(pattern: string): Token[] {
  const parts = pattern.match(/\{sequence\}|\{time\}|\*+|./gsu) ?? [];
  return parts.map((part): Token => {
    if (part === '{sequence}') return 'sequence';
    if (part === '{time}') return 'time';
    if (part.startsWith('*')) return 'run';
    return part === '?' ? 'one' : { literal: part };
  });
}
