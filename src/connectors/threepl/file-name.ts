// What our files are called on the partner's server, by the pattern of the agreement.
import type { Profile } from './profile/settings.ts';

const DEFAULT_PATTERN = '{type}_{number}_{control}.txt';

/** Fills the pattern; what a file name cannot hold becomes a dash. */
export function fileNameOf(
  profile: Profile,
  parts: { readonly type: string; readonly number: string; readonly control: string; readonly now: Date },
): string {
  const stamp = parts.now.toISOString().replace(/[-:]/g, '');
  const values: Record<string, string> = {
    type: parts.type,
    number: parts.number,
    control: parts.control,
    date: stamp.slice(0, 8),
    time: stamp.slice(9, 15),
  };
  const pattern = profile.transport?.out?.name ?? DEFAULT_PATTERN;
  return pattern
    .replace(/\{(\w+)\}/g, (whole, word: string) => values[word] ?? whole)
    .replace(/[^\w.+-]+/g, '-')
    .slice(0, 150);
}
