// What agents write with, and what is made of texts: canned replies, links, durations, names.
import type { CannedReplyView } from '@router/protocol/agent';
import { expect, test } from 'vitest';
import { filledIn, matching, shortcutAt, type Variables } from '../src/lib/canned.ts';
import { pieces } from '../src/lib/links.ts';
import { duration, pageName, timeOfDay, urgency, visitorName } from '../src/lib/show.ts';
import { en } from '../src/lib/texts/en.ts';
import { fr } from '../src/lib/texts/fr.ts';
import { at, NOW } from './told.ts';

const REPLIES: CannedReplyView[] = [
  { shortcut: 'size', texts: { en: 'How tall are you?', fr: 'Quelle est votre taille ?' } },
  { shortcut: 'hello', texts: { en: 'Hello {visitor}, this is {agent}. {unknown}' } },
  { shortcut: 'help', texts: { en: 'Say hello to us' } },
];

test.each([
  ['/', 1, { start: 0, words: '' }],
  ['/he', 3, { start: 0, words: 'he' }],
  ['Well /he', 8, { start: 5, words: 'he' }],
  ['Well\n/he', 8, { start: 5, words: 'he' }],
  ['and/or', 6, null],
  ['/hello there', 12, null],
  ['https://shop', 12, null],
])('a shortcut is a word that begins with a slash: %j', (text, caret, found) => {
  expect(shortcutAt(text, caret)).toEqual(found);
});

test('shortcuts that begin with the words come before texts that have them', () => {
  expect(matching(REPLIES, 'HEL').map(({ shortcut }) => shortcut)).toEqual(['hello', 'help']);
  expect(matching(REPLIES, 'taille').map(({ shortcut }) => shortcut)).toEqual(['size']);
  expect(matching(REPLIES, 'hello').map(({ shortcut }) => shortcut)).toEqual(['hello', 'help']);
});

test.each<[string, string | null, Variables, string]>([
  ['size', 'fr', {}, 'Quelle est votre taille ?'],
  ['size', 'de', {}, 'How tall are you?'],
  ['hello', 'en', { visitor: 'Léa', agent: 'Ana' }, 'Hello Léa, this is Ana. {unknown}'],
  ['hello', null, { visitor: '', agent: 'Ana' }, 'Hello, this is Ana. {unknown}'],
  ['hello', 'en', { visitor: '{agent}', agent: '$&' }, 'Hello {agent}, this is $&. {unknown}'],
])('variables are filled in once, in the language of the visitor: /%s %s', (shortcut, language, variables, text) => {
  const reply = REPLIES.find((each) => each.shortcut === shortcut);
  expect(reply && filledIn(reply, language, variables)).toBe(text);
});

test.each([
  ['See https://a.example/x?y=1#z.', ['https://a.example/x?y=1#z']],
  ['(http://a.example) and HTTPS://B.example!', ['http://a.example', 'HTTPS://B.example']],
  ['javascript:alert(1) data:text/html,x //a.example ftp://a.example', []],
  ['https://a.example/"onmouseover="x', ['https://a.example/']],
])('only addresses of the web are links: %s', (text, links) => {
  const found = pieces(text);
  expect(found.filter(({ link }) => link).map((piece) => piece.text)).toEqual(links);
  expect(found.map((piece) => piece.text).join('')).toBe(text);
});

test.each([
  [0, '0:00'],
  [42, '0:42'],
  [754, '12:34'],
  [3723, '1:02:03'],
])('%i seconds are %s', (seconds, shown) => {
  expect(duration(seconds)).toBe(shown);
});

test.each([
  [29, 'calm'],
  [30, 'long'],
  [119, 'long'],
  [120, 'too-long'],
])('a wait of %i seconds is %s', (seconds, word) => {
  expect(urgency(NOW, Date.parse(NOW) + seconds * 1000)).toBe(word);
});

test('a time of another day has its day', () => {
  expect(timeOfDay(NOW, Date.parse(at(1)), 'fr')).toMatch(/^\d\d:\d\d$/);
  expect(timeOfDay(NOW, Date.parse(at(60 * 48)), 'fr')).toMatch(/22 nov/);
});

test.each([
  ['https://shop.example/caf%C3%A9?x=1', '/café?x=1'],
  ['https://shop.example/%E0%A4%A', '/%E0%A4%A'],
  ['no address', 'no address'],
])('the name of the page %s is %s', (url, name) => {
  expect(pageName(url)).toBe(name);
});

test('a visitor without a name can be told from others', () => {
  expect(visitorName({ id: 'abcdef', name: 'Léa', customer: null }, 'Visitor')).toBe('Léa');
  expect(visitorName({ id: 'abcdef', name: null, customer: 'C-1' }, 'Visitor')).toBe('C-1');
  expect(visitorName({ id: 'abcdef', name: null, customer: null }, 'Visitor')).toBe('Visitor cdef');
});

test('no text is left out or left untranslated by mistake', () => {
  const same = ['E-mail', 'Messages', 'Note', 'Site', 'Transferer'];
  const leaves = (texts: object): string[] =>
    Object.values(texts).flatMap((text) =>
      typeof text === 'object' ? leaves(text) : typeof text === 'string' ? [text] : [],
    );
  const [english, french] = [leaves(en), leaves(fr)];
  expect(french).toHaveLength(english.length);
  expect(french.filter((text, index) => text === english[index] && !same.includes(text))).toEqual([]);
});
