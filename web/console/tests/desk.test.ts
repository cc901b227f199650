// What each message of the server does to a desk: nothing is lost, nothing is shown twice, nothing typed disappears.
import { expect, test } from 'vitest';
import { type Conversation, unreadCount } from '../src/lib/conversation.ts';
import { afterWelcome, type Desk, mine } from '../src/lib/desk.ts';
import { receive } from '../src/lib/receive.ts';
import { assigned, at, deskWith, held, message, NOW, welcome } from './told.ts';

const HELLO = message(1, 'visitor', 'Hello');

function only(desk: Desk): Conversation {
  const [conversation] = Object.values(desk.conversations);
  if (!conversation) {
    throw new Error('the desk has no conversation');
  }
  return conversation;
}

function seqs(desk: Desk): number[] {
  return only(desk).messages.map(({ seq }) => seq);
}

/** Write as `LiveDesk.say` does. */
function write(desk: Desk, id: string, text: string): void {
  only(desk).unacknowledged.push({ id, text, note: false, at: NOW });
}

test('a conversation that is assigned is noticed and unread', () => {
  const desk = deskWith();
  expect(receive(desk, assigned('c1', [HELLO]), NOW)).toEqual([{ kind: 'assigned', conversation: 'c1' }]);
  expect(unreadCount(only(desk))).toBe(1);
});

test('messages stand in order of their numbers, once, however they come', () => {
  const desk = deskWith(held('c1', [HELLO]));
  for (const seq of [3, 2, 3, 1, 4, 2]) {
    receive(desk, { type: 'message', conversation: 'c1', ...message(seq, 'visitor') }, NOW);
  }
  expect(seqs(desk)).toEqual([1, 2, 3, 4]);
});

test('what is acknowledged stands once, whichever of acknowledgement and message comes first', () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const desk = deskWith(held('c1', [HELLO]));
    write(desk, 'm1', 'Hi');
    const told = [
      { type: 'ack', client_msg_id: 'm1', conversation: 'c1', seq: 2 } as const,
      { type: 'message', conversation: 'c1', ...message(2, 'agent', 'Hi', { client_msg_id: 'm1' }) } as const,
    ];
    for (const index of order) {
      const each = told[index];
      expect(each && receive(desk, each, NOW)).toEqual([]);
    }
    expect(only(desk).messages.map(({ text }) => text)).toEqual(['Hello', 'Hi']);
    expect(only(desk).unacknowledged).toEqual([]);
  }
});

test('after a reconnect what was not acknowledged is sent again, unless the snapshot has it', () => {
  const desk = deskWith(held('c1', [HELLO]));
  write(desk, 'm1', 'stored, but the acknowledgement was lost');
  write(desk, 'm2', 'never arrived');
  const back = welcome(held('c1', [HELLO, message(2, 'agent', 'stored', { client_msg_id: 'm1' })]));
  receive(desk, back, NOW);
  expect(afterWelcome(desk, back, false)).toEqual([
    { type: 'say', conversation: 'c1', client_msg_id: 'm2', text: 'never arrived', note: false },
  ]);
});

test('a snapshot adds what was missed and keeps what was read', () => {
  const desk = deskWith(held('c1', [HELLO, message(2, 'agent')]));
  receive(desk, welcome(held('c1', [message(2, 'agent'), message(3, 'visitor')])), NOW);
  expect(seqs(desk)).toEqual([1, 2, 3]);
  expect(unreadCount(only(desk))).toBe(1);
});

test('what was answered elsewhere while the connection was lost was read', () => {
  const desk = deskWith(held('c1', [HELLO]));
  receive(desk, welcome(held('c1', [HELLO, message(2, 'agent')])), NOW);
  expect(unreadCount(only(desk))).toBe(0);
});

test('a snapshot of another generation, or beyond a gap, replaces what was known', () => {
  const desk = deskWith(held('c1', [HELLO]));
  receive(desk, welcome(held('c1', [message(5, 'visitor'), message(6, 'visitor')])), NOW);
  expect(seqs(desk)).toEqual([5, 6]);
  receive(desk, welcome(held('c1', [message(1, 'visitor', 'Anew')], { generation: 'g2' })), NOW);
  expect(only(desk).messages.map(({ text }) => text)).toEqual(['Anew']);
});

test('of conversations that a welcome does not hold any more it is asked how they stand', () => {
  const desk = deskWith(held('c1', [HELLO]), held('c2', [HELLO]));
  const back = welcome(held('c2', [HELLO]));
  receive(desk, back, NOW);
  expect(afterWelcome(desk, back, true)).toEqual([
    { type: 'resume', conversations: [{ id: 'c1', generation: 'g1', seq: 1 }] },
    { type: 'visitors', watch: true },
  ]);
});

test('a conversation that was given to somebody else ends here, and comes back whole', () => {
  const desk = deskWith(held('c1', [HELLO]));
  receive(desk, { type: 'unassigned', conversation: 'c1', version: 2, reason: 'taken' }, NOW);
  expect(only(desk).ending).toEqual({ closed: false, reason: 'taken', at: NOW });
  expect(mine(desk)).toEqual([]);
  receive(desk, assigned('c1', [HELLO, message(2, 'visitor')], { version: 3 }), NOW);
  expect(mine(desk).map(({ version }) => version)).toEqual([3]);
});

test('news of an older version end nothing', () => {
  const desk = deskWith(held('c1', [HELLO], { version: 5 }));
  receive(desk, { type: 'unassigned', conversation: 'c1', version: 4, reason: 'taken' }, NOW);
  expect(mine(desk)).toHaveLength(1);
});

test('a stale desk is told so, learns the present version, and keeps what was written', () => {
  const desk = deskWith(held('c1', [HELLO]));
  desk.drafts.c1 = { reply: 'and more', note: '', isNote: false };
  write(desk, 'm1', 'Not yours any more');
  const refusal = { type: 'error', code: 'forbidden', message: '…', conversation: 'c1', client_msg_id: 'm1' } as const;
  receive(desk, refusal, NOW);
  const ben = { id: 'ben', name: 'Ben' };
  const state = { type: 'conversation', id: 'c1', conversation: 'c1', generation: 'g1', last_seq: 1 } as const;
  receive(desk, { ...state, version: 4, state: 'assigned', agent: ben }, NOW);
  expect(only(desk)).toMatchObject({ refusal: 'forbidden', version: 4, unacknowledged: [] });
  expect(only(desk).ending?.closed).toBe(false);
  expect(desk.drafts.c1).toEqual({ reply: 'Not yours any more\nand more', note: '', isNote: false });
});

test('what the server does not know any more has ended; a colleague whom it does not know ends nothing', () => {
  const desk = deskWith(held('c1', [HELLO]));
  const refusal = { type: 'error', code: 'not_found', message: '…', conversation: 'c1' } as const;
  receive(desk, { ...refusal, field: 'to' }, NOW);
  expect(mine(desk)).toHaveLength(1);
  receive(desk, refusal, NOW);
  expect(mine(desk)).toEqual([]);
});

test('what the store could not take stays to be sent again', () => {
  const desk = deskWith(held('c1', [HELLO]));
  write(desk, 'm1', 'Once more');
  receive(desk, { type: 'error', code: 'retry', message: '…', client_msg_id: 'm1' }, NOW);
  expect(only(desk).unacknowledged).toHaveLength(1);
  expect([only(desk).refusal, desk.refusal]).toEqual([null, null]);
});

test('the visitor moves, leaves and comes back', () => {
  const desk = deskWith(held('c1', [HELLO]));
  const page = { url: 'https://shop.example/cart', pages_viewed: 2 };
  receive(desk, { type: 'typing', conversation: 'c1', on: true, text: 'I wo' }, NOW);
  expect(only(desk).typing?.text).toBe('I wo');
  const visitor = { ...only(desk).card, name: 'Zoé', page: { url: page.url, since: at(3) }, data: { cart_value: 120 } };
  receive(desk, { type: 'visitor', conversation: 'c1', visit: 'visit-1', what: 'page', page, visitor }, at(3));
  expect(only(desk).card).toEqual(visitor);
  receive(desk, { type: 'visitor', conversation: 'c1', visit: 'visit-1', what: 'left', page }, NOW);
  expect(only(desk)).toMatchObject({ here: false, typing: null });
  receive(desk, { type: 'visitor', conversation: 'c1', visit: 'visit-1', what: 'back', page }, NOW);
  expect(only(desk).here).toBe(true);
});

test('a manager who watches knows what is open and not hers', () => {
  const desk = deskWith();
  const state = { type: 'conversation', id: 'c1', conversation: 'c1', generation: 'g1', last_seq: 1 } as const;
  receive(desk, { ...state, version: 2, state: 'assigned', agent: { id: 'ben', name: 'Ben' } }, NOW);
  receive(desk, { ...state, version: 1, state: 'queued' }, NOW);
  expect(desk.site.c1?.agent?.name).toBe('Ben');
  receive(desk, assigned('c1', [HELLO], { version: 3 }), NOW);
  expect(desk.site).toEqual({});
  receive(desk, { ...state, version: 4, state: 'closed' }, NOW);
  expect([desk.site, only(desk).ending?.closed]).toEqual([{}, true]);
});
