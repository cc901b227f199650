// Who waits, since when, and in which order the list shows it.
import { expect, test } from 'vitest';
import { byWaiting, type Conversation, conversationOf, lastWords, waitingSince } from '../src/lib/conversation.ts';
import { at, held, message } from './told.ts';

function conversation(id: string, ...senders: string[]): Conversation {
  return conversationOf(
    held(
      id,
      senders.map((from, index) => message(index + 1, from)),
    ),
  );
}

test.each([
  [['visitor'], at(1)],
  [['visitor', 'visitor'], at(1)],
  [['visitor', 'agent'], null],
  [['visitor', 'bot', 'visitor', 'visitor'], at(3)],
  [['system', 'visitor'], at(2)],
])('a visitor waits since her first message that nothing answers: %j', (senders, since) => {
  expect(waitingSince(conversation('c1', ...senders))).toBe(since);
});

test('a note among colleagues answers no visitor', () => {
  const noted = conversationOf(held('c1', [message(1, 'visitor'), message(2, 'agent', 'A note', { note: true })]));
  expect(waitingSince(noted)).toBe(at(1));
  expect(lastWords(noted)?.seq).toBe(1);
});

test('nobody waits in a conversation that has ended', () => {
  const ended = conversation('c1', 'visitor');
  ended.ending = { closed: true, reason: null, at: at(2) };
  expect(waitingSince(ended)).toBeNull();
});

test('whoever waits longest comes first, then who spoke last, then what has ended', () => {
  const ended = conversation('ended', 'visitor');
  ended.ending = { closed: true, reason: null, at: at(9) };
  const list = [
    ended,
    conversation('spoke first', 'visitor', 'agent'),
    conversation('waits since 3', 'visitor', 'agent', 'visitor'),
    conversation('spoke last', 'visitor', 'visitor', 'visitor', 'agent'),
    conversation('waits since 1', 'visitor'),
  ];
  expect(list.sort(byWaiting).map(({ id }) => id)).toEqual([
    'waits since 1',
    'waits since 3',
    'spoke last',
    'spoke first',
    'ended',
  ]);
});
