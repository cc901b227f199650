// Names that the build makes short are nobody else's: neither the browser's nor the wire's, the shop's or the storage's.
/// <reference types="vite/types/importMeta.d.ts" />
import { expect, test } from 'vitest';
import ownNames from '../own_names.json';

const OTHERS = import.meta.glob(
  [
    '../../node_modules/typescript/lib/lib.dom*.d.ts',
    '../../node_modules/typescript/lib/lib.es*.d.ts',
    '../../protocol/src/visitor.ts',
  ],
  { query: '?raw', import: 'default', eager: true, exhaustive: true },
) as Record<string, string>;
const SOURCES = import.meta.glob('../src/**/*.ts', { query: '?raw', import: 'default', eager: true }) as Record<
  string,
  string
>;

/** Names that stand in no type: texts of templates. */
const OF_TEMPLATES = ['label', 'title', 'body', 'accept', 'refuse', 'placeholder'];

/** The names in a source, without those that only comments and strings have. */
function namesIn(source: string): string[] {
  return source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '').match(/\w+/g) ?? [];
}

/** The types whose names are known outside, with what stands in them. */
function shared(): string[][] {
  const types = /interface (?:Kept|Pending|Commands|Order|Api|Parts) [^{]*{[\s\S]*?\n}/g;
  return Object.values(SOURCES)
    .flatMap((source) => source.match(types) ?? [])
    .map(namesIn);
}

test('are nobody else’s', () => {
  expect(shared()).toHaveLength(6);
  const taken = [...OF_TEMPLATES, ...Object.values(OTHERS).flatMap(namesIn), ...shared().flat()];
  // An attribute is written small where the property is not.
  const lowered = new Set(taken.map((name) => name.toLowerCase()));
  expect(lowered.has('scrolltop') && lowered.has('client_msg_id')).toBe(true);
  expect(ownNames.filter((name) => lowered.has(name.toLowerCase()))).toEqual([]);
});

test('are all in use', () => {
  const used = new Set(Object.values(SOURCES).flatMap(namesIn));
  expect(ownNames.filter((name) => !used.has(name))).toEqual([]);
});

test('are as many as there are letters for, at most', () => {
  expect(ownNames.length).toBeLessThanOrEqual(52);
});
