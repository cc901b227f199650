// What was typed and not sent: never lost, never given to a visitor where it was a note, never given to somebody else.
import { beforeEach, expect, test, vi } from 'vitest';
import type { Unacknowledged } from '../src/lib/conversation.ts';
import { type Desk, remove } from '../src/lib/desk.ts';
import { stranded } from '../src/lib/drafts.ts';
import { forgetAll, forgetOthers, keep, putBack } from '../src/lib/kept.ts';
import { receive } from '../src/lib/receive.ts';
import { at, deskWith, held, message, NOW } from './told.ts';

const HELLO = message(1, 'visitor', 'Hello');
const ENDED_SHOWN = 20;

class Storage {
  readonly #kept = new Map<string, string>();

  get length(): number {
    return this.#kept.size;
  }

  key(index: number): string | null {
    return [...this.#kept.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.#kept.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#kept.set(key, value);
  }

  removeItem(key: string): void {
    this.#kept.delete(key);
  }
}

beforeEach(() => {
  vi.stubGlobal('sessionStorage', new Storage());
});

function unsent(id: string, text: string, note = false): Unacknowledged {
  return { id, text, note, at: NOW };
}

/** A desk with a conversation in which something was sent and never acknowledged. */
function deskThatSent(...sent: Unacknowledged[]): Desk {
  const desk = deskWith(held('c1', [HELLO]));
  desk.conversations.c1?.unacknowledged.push(...sent);
  return desk;
}

/** Another desk after a reload, with these conversations. */
function reloaded(desk: Desk, ...conversations: ReturnType<typeof held>[]): Desk {
  keep('ana', 'shop', desk);
  const after = deskWith(...conversations);
  putBack('ana', 'shop', after);
  return after;
}

function refuse(desk: Desk, id: string): void {
  const refusal = { type: 'error', code: 'rate_limited', message: '…', conversation: 'c1' } as const;
  receive(desk, { ...refusal, client_msg_id: id }, NOW);
}

test('a reply that is refused leaves the note that is being written a note', () => {
  const desk = deskThatSent(unsent('m1', 'A reply'));
  desk.drafts.c1 = { reply: '', note: 'A difficult customer', isNote: true };
  refuse(desk, 'm1');
  expect(desk.drafts.c1).toEqual({ reply: 'A reply', note: 'A difficult customer', isNote: true });
});

test('what is refused while nothing is written can be mended at once, note or reply', () => {
  const desk = deskThatSent(unsent('m1', 'A note', true));
  refuse(desk, 'm1');
  expect(desk.drafts.c1).toEqual({ reply: '', note: 'A note', isNote: true });
});

test('what was never acknowledged comes back over a reload, also where the numbers started anew', () => {
  const desk = deskThatSent(unsent('m1', 'stored'), unsent('m2', 'never arrived'));
  const stored = [HELLO, message(2, 'agent', 'stored', { client_msg_id: 'm1' })];
  for (const generation of ['g1', 'g2']) {
    const after = reloaded(desk, held('c1', stored, { generation }));
    expect(after.conversations.c1?.unacknowledged.map(({ id }) => id)).toEqual(['m2']);
  }
});

test('what was written in a conversation that is gone after a reload can still be read', () => {
  const desk = deskThatSent(unsent('m1', 'first'), unsent('m2', 'second'));
  desk.drafts.c1 = { reply: 'third', note: 'a note', isNote: false };
  const after = reloaded(desk);
  expect(stranded(after)).toEqual([{ conversation: 'c1', text: 'first\nsecond\nthird\na note' }]);
  expect(stranded(reloaded(after))).toEqual(stranded(after));
  expect(stranded(reloaded(after, held('c1', [HELLO])))).toEqual([]);
});

test('a conversation that is removed leaves what was not sent', () => {
  const desk = deskThatSent(unsent('m1', 'A long answer'));
  remove(desk, 'c1');
  expect(stranded(desk)).toEqual([{ conversation: 'c1', text: 'A long answer' }]);
});

test('of many conversations that ended those stay in which something was not sent', () => {
  const ids = Array.from({ length: ENDED_SHOWN + 2 }, (_, index) => `c${index}`);
  const desk = deskWith(...ids.map((id) => held(id, [HELLO])));
  desk.conversations.c0?.unacknowledged.push(unsent('m1', 'A long answer'));
  ids.forEach((id, minute) => {
    receive(desk, { type: 'unassigned', conversation: id, version: 2, reason: 'taken' }, at(minute));
  });
  expect(Object.keys(desk.conversations)).toEqual(ids.filter((id) => id !== 'c1'));
});

test('nobody gets what somebody else wrote in the same tab; the same person does', () => {
  const desk = deskWith(held('c1', [HELLO]));
  desk.drafts.c1 = { reply: 'A secret', note: '', isNote: false };
  keep('ana', 'shop', desk);
  const bens = deskWith(held('c1', [HELLO]));
  putBack('ben', 'shop', bens);
  expect(bens.drafts).toEqual({});
  forgetOthers('ana');
  expect(reloaded(desk, held('c1', [HELLO])).drafts).toEqual(desk.drafts);
  forgetOthers('ben');
  expect(sessionStorage).toHaveLength(0);
  keep('ana', 'shop', desk);
  forgetAll();
  expect(sessionStorage).toHaveLength(0);
});
