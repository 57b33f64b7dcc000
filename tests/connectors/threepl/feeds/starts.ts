// Right CSV and XML files: the samples of the shipped profiles, and files of own making for every kind that is read, every
// encoding and every way to write one. What the tests of damage start from.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { bytesOf } from '../../../../src/connectors/threepl/feeds/encode.ts';
import { feedFor } from '../../../../src/connectors/threepl/profile/read-file.ts';
import { type Profile, profileSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import type { Start } from '../product-path.ts';

const PARTNERS = join(import.meta.dirname, '../../../../config/partners');

/** A shipped profile without its transport, whose secrets nobody needs to read a file. */
export function shippedProfile(name: string): Profile {
  const settings: unknown = parse(readFileSync(join(PARTNERS, `${name}.yaml`), 'utf8'));
  const { transport: _transport, encryptionKey: _key, ...rest } = settings as Record<string, unknown>;
  return profileSchema.parse(rest);
}

/** Its samples that are whole, those with a mistake in one document too. */
export function shippedStarts(profileName: string): readonly Start[] {
  const profile = shippedProfile(profileName);
  const folder = join(PARTNERS, profileName);
  return readdirSync(folder)
    .filter((name) => name !== 'expected.yaml' && !name.includes('cut'))
    .map((name) => ({ profile, name, bytes: readFileSync(join(folder, name)) }));
}

/** A file of a feed with its text, to be changed and written again. */
export interface FeedStart extends Start {
  readonly text: string;
  encoded(text: string): Buffer;
}

export function feedStart(profile: Profile, name: string, text: string, mark = ''): FeedStart {
  const feed = feedFor(name, profile);
  if (!feed) throw new Error(`no feed is for ${name}`);
  const encoded = (changed: string): Buffer =>
    bytesOf(feed.encoding === 'utf-16le' ? changed : mark + changed, feed.encoding, feed.name);
  return { profile, name, text, encoded, bytes: encoded(text) };
}

export const textOf = ({ profile, name }: Start, bytes: Buffer): string => {
  const agreed = feedFor(name, profile)?.encoding ?? 'utf-8';
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const wide = bytes[0] === 0xfe ? 'utf-16be' : 'utf-16le';
  return new TextDecoder(isMarked ? 'utf-8' : isWide ? wide : agreed).decode(bytes);
};
