// The conversation as a file.
import { expect, test } from 'vitest';
import { NOTHING } from '../src/conversation.ts';
import { transcriptOf } from '../src/parts/transcript.ts';

const AT = '2026-11-22T10:00:00.000Z';

test.each([
  ['en', ['You', 'Ana', 'The shop']],
  ['fr', ['Vous', 'Ana', 'The shop']],
])('says in %s who wrote what, in order', (language, authors) => {
  const conversation = {
    ...NOTHING,
    messages: [
      { seq: 1, from: 'visitor', text: 'Is it\nin stock?', at: AT },
      { seq: 2, from: 'agent', name: 'Ana', text: 'It is.', at: AT },
      { seq: 3, from: 'system', text: 'Until soon.', at: AT },
    ],
  };
  const site = { name: 'The shop', language, languages: [language], typing_preview: false, templates: [] };
  const text = transcriptOf(conversation, site);
  expect([...text.matchAll(/ · (.+)$/gm)].map((match) => match[1])).toEqual(authors);
  expect(text.startsWith('The shop\n')).toBe(true);
  expect(text).toContain('Is it\nin stock?\n');
});
