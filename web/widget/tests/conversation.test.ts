// What a tab knows of its conversation, after any order of messages.
import type { ConversationState, MessageView, ToVisitor } from '@router/protocol/visitor';
import { describe, expect, test } from 'vitest';
import {
  type Conversation,
  isOpen,
  isOutdated,
  lastKnown,
  markOf,
  NOTHING,
  retry,
  seen,
  take,
  unread,
} from '../src/conversation.ts';

const AT = '2026-11-22T10:00:00.000Z';

function state(fields: Partial<ConversationState> = {}): ConversationState {
  return { type: 'conversation', id: 'c', version: 1, generation: 'g', state: 'assigned', last_seq: 0, ...fields };
}

function message(
  seq: number,
  from = 'agent',
  text = `text ${seq}`,
): MessageView & { type: 'message'; conversation: string } {
  return { type: 'message', conversation: 'c', seq, from, text, at: AT };
}

function after(...messages: ToVisitor[]): Conversation {
  return messages.reduce(take, NOTHING);
}

function texts(conversation: Conversation): string[] {
  return conversation.messages.map((each) => each.text);
}

function write(conversation: Conversation): Conversation {
  const message = { type: 'say', client_msg_id: 'm', text: 'Hello' } as const;
  return { ...conversation, pending: [...conversation.pending, { message, at: AT }] };
}

describe('messages', () => {
  test('stand in the order of their numbers, whatever the order in which they come', () => {
    expect(texts(after(state(), message(3), message(1), message(2)))).toEqual(['text 1', 'text 2', 'text 3']);
  });

  test('that come twice are there once', () => {
    const once = after(state(), message(1), message(2));
    expect(take(take(once, message(1)), message(2)).messages).toEqual(once.messages);
  });

  test('of ours stay where they are until they are acknowledged, and then have their number', () => {
    const written = write(after(state()));
    expect(texts(written)).toEqual([]);
    expect(written.pending.map((each) => each.message.text)).toEqual(['Hello']);
    const stored = take(written, { type: 'ack', client_msg_id: 'm', conversation: 'c', seq: 1 });
    expect([texts(stored), stored.pending]).toEqual([['Hello'], []]);
  });

  test('of ours that arrived without an acknowledgement are not sent again', () => {
    const written = write(after(state()));
    const resumed: ToVisitor = {
      type: 'resumed',
      recovered: true,
      missed: [{ ...message(1, 'visitor'), client_msg_id: 'm' }],
    };
    expect(take(written, resumed).pending).toEqual([]);
  });

  test('that are refused wait for the visitor, those that come too fast for the next attempt', () => {
    const written = write(after(state()));
    const refusal = { type: 'error', message: '', client_msg_id: 'm' } as const;
    const refused = take(written, { ...refusal, code: 'no_rule' });
    expect(refused.pending[0]?.refused).toBe('no_rule');
    expect(retry(refused, 'm').pending[0]?.refused).toBeUndefined();
    expect(take(written, { ...refusal, code: 'retry' }).pending[0]?.refused).toBeUndefined();
  });

  test('of the other side are unread until they were seen, in any tab', () => {
    const told = after(state(), message(1), message(2, 'visitor'), message(3), message(4));
    expect(unread(told).map((each) => each.seq)).toEqual([3, 4]);
    expect(unread(take(told, { type: 'seen', seq: 3 })).map((each) => each.seq)).toEqual([4]);
    expect(unread(seen(told, 4))).toEqual([]);
  });
});

describe('marks', () => {
  const told = after(state(), message(1, 'visitor'), message(2, 'visitor'), message(3, 'visitor'));

  test('follow what the other side received and read', () => {
    const read = take(take(told, { type: 'delivered', seq: 2 }), { type: 'read', seq: 1 });
    expect([1, 2, 3].map((seq) => markOf(read, seq))).toEqual(['read', 'delivered', 'stored']);
  });

  test('of what is answered say that it was read', () => {
    expect(markOf(take(told, message(4)), 3)).toBe('read');
  });
});

describe('the place to resume from', () => {
  test('is before the first gap', () => {
    expect(lastKnown(after(state(), message(1), message(2), message(4)))).toBe(2);
  });

  test('is no gap where a snapshot begins', () => {
    const snapshot: ToVisitor = { ...state(), messages: [message(101), message(102)] };
    expect(lastKnown(after(snapshot))).toBe(102);
  });
});

describe('signs of typing', () => {
  const typing = after(state(), { type: 'typing', on: true });

  test.each<[string, ToVisitor]>([
    ['a message', message(1)],
    ['another state', state({ version: 2, state: 'closed' })],
    ['another agent', state({ version: 2, agent: { name: 'Ben' } })],
  ])('end with %s', (_, next) => {
    expect([typing.isTyping, take(typing, next).isTyping]).toEqual([true, false]);
  });
});

describe('states', () => {
  test('have no more than they say', () => {
    const queued = after(state({ state: 'queued', position: 2, expected_wait: 60, reason: 'transferred' }));
    const assigned = take(queued, state({ version: 2, agent: { name: 'Ben' } }));
    expect(assigned).toMatchObject({ position: undefined, expected_wait: undefined, reason: undefined });
    const snapshot: ToVisitor = { ...state({ version: 3, state: 'queued' }), messages: [] };
    expect(take(assigned, snapshot)).toMatchObject({ agent: undefined, messages: [] });
  });

  test('of an older version are no news', () => {
    const told = after(state({ version: 3, state: 'assigned' }), state({ version: 2, state: 'queued' }));
    expect(told.state).toBe('assigned');
  });

  test('of another conversation count when that one is open', () => {
    const other = after(state(), message(1), state({ id: 'd', state: 'queued', position: 2 }));
    expect([other.id, other.position, other.messages]).toEqual(['d', 2, []]);
    expect(after(state(), state({ id: 'd', state: 'closed', version: 9 })).id).toBe('c');
  });

  test('of a new generation make the known numbers worthless', () => {
    const told = after(state(), message(1));
    const anew = state({ generation: 'h', version: 9 });
    expect(isOutdated(told, anew)).toBe(true);
    expect(take(told, anew)).toEqual(told);
    const snapshot: ToVisitor = { ...anew, messages: [message(1, 'agent', 'another')] };
    expect(texts(take(told, snapshot))).toEqual(['another']);
  });

  test('that nobody knows any more leave only what was written', () => {
    const written = write(after(state(), message(1)));
    const lost = take(written, { type: 'resumed', recovered: false });
    expect([lost.id, isOpen(lost), lost.pending.length]).toEqual([undefined, false, 1]);
  });
});
