// What a person should notice: also what came while the connection was lost, and nothing that she knows.
import { expect, test } from 'vitest';
import { emptyDesk } from '../src/lib/desk.ts';
import { receive } from '../src/lib/receive.ts';
import { assigned, deskWith, held, message, NOW, welcome } from './told.ts';

const HELLO = message(1, 'visitor', 'Hello');
const AGAIN = message(2, 'visitor', 'Are you there?');
const ALERT = { type: 'alert', code: 'nobody_answered', conversation: 'c1', message: '…' } as const;

test('the first welcome brings nothing new', () => {
  expect(receive(emptyDesk(), welcome(held('c1', [HELLO])), NOW)).toEqual([]);
});

test('a later welcome tells of conversations that are new, and of what visitors wrote in those that are not', () => {
  const desk = deskWith(held('c1', [HELLO]), held('c2', [HELLO]), held('c3', [HELLO]));
  receive(desk, { type: 'unassigned', conversation: 'c3', version: 2, reason: 'agent_lost' }, NOW);
  const back = welcome(
    held('c1', [HELLO, AGAIN]),
    held('c2', [HELLO, message(2, 'agent')]),
    held('c3', [HELLO], { version: 3 }),
    held('c4', [HELLO]),
  );
  expect(receive(desk, back, NOW)).toEqual([
    { kind: 'message', conversation: 'c1' },
    { kind: 'assigned', conversation: 'c3' },
    { kind: 'assigned', conversation: 'c4' },
  ]);
  expect(receive(desk, back, NOW)).toEqual([]);
});

test('several missed messages are noticed once', () => {
  const desk = deskWith(held('c1', [HELLO]));
  const missed = [AGAIN, message(3, 'visitor')];
  const resumed = { type: 'resumed', recovered: true, conversation: 'c1', missed } as const;
  expect(receive(desk, { ...resumed, missed }, NOW)).toEqual([{ kind: 'message', conversation: 'c1' }]);
  expect(receive(desk, { ...resumed, missed }, NOW)).toEqual([]);
});

test('a snapshot of a conversation that goes on is noticed for what is new in it', () => {
  const desk = deskWith(held('c1', [HELLO]));
  const snapshot = (...messages: (typeof HELLO)[]) =>
    ({ type: 'resumed', recovered: false, conversation: held('c1', messages) }) as const;
  expect(receive(desk, snapshot(HELLO), NOW)).toEqual([]);
  expect(receive(desk, snapshot(HELLO, AGAIN), NOW)).toEqual([{ kind: 'message', conversation: 'c1' }]);
});

test('an alert stays until somebody takes the conversation herself or it is over, and stands once', () => {
  const desk = deskWith();
  receive(desk, ALERT, NOW);
  expect(receive(desk, ALERT, NOW)).toEqual([{ kind: 'alert', conversation: 'c1' }]);
  const state = { type: 'conversation', id: 'c1', conversation: 'c1', generation: 'g1', last_seq: 1 } as const;
  receive(desk, { ...state, version: 2, state: 'assigned', agent: { id: 'ben', name: 'Ben' } }, NOW);
  expect(desk.alerts).toHaveLength(1); // it only went round again
  receive(desk, assigned('c1', [HELLO], { version: 3 }), NOW);
  expect(desk.alerts).toEqual([]);
  receive(desk, ALERT, NOW);
  receive(desk, { ...state, version: 4, state: 'closed' }, NOW);
  expect(desk.alerts).toEqual([]);
});
