// How long a lost socket is waited for, what is found out about one that says nothing, and what is sent when.
import type { FromVisitor, Hello, ToVisitor } from '@router/protocol/visitor';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Connection, encode, makeConnection, waitBefore } from '../src/connection.ts';

test('attempts are spread over the whole of a time that doubles, up to half a minute', () => {
  expect([0, 1, 2, 3].map((attempt) => waitBefore(attempt, 0, 1))).toEqual([500, 1000, 2000, 4000]);
  expect(waitBefore(40, 0, 1)).toBe(30_000);
  expect(waitBefore(5, 0, 0)).toBe(0);
});

test('the server is given the time that it asks for, and jitter after it', () => {
  expect([0, 0.5, 1].map((chance) => waitBefore(0, 3, chance))).toEqual([3000, 4500, 6000]);
});

test.each([
  ['\ud83d', '\ufffd'],
  ['cut \ud83d here', 'cut \ufffd here'],
  ['\udc4d\ud83d', '\ufffd\ufffd'],
  ['whole 👍', 'whole 👍'],
  ['\\ud83d as words', '\\ud83d as words'],
  ['"quoted"\n\u0000', '"quoted"\n\u0000'],
])('%j is sent as %j: half characters would spoil a message', (value, sent) => {
  expect(JSON.parse(encode({ type: 'data', values: { [value]: value } })).values).toEqual({ [sent]: sent });
});

class Socket {
  static readonly opened: Socket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly sent: string[] = [];
  isClosed = false;

  constructor() {
    Socket.opened.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text).type);
  }

  close(): void {
    this.isClosed = true;
  }

  say(message: { type: ToVisitor['type'] }): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  end(code: number, reason = ''): void {
    this.onclose?.({ code, reason });
  }
}

const HELLO: Hello = { type: 'hello', tab: 't', page: { id: 'p', url: 'u' }, window: { width: 1, height: 1 } };
const CHANGED: FromVisitor = { type: 'data', values: {} };
const SAY: FromVisitor = { type: 'say', client_msg_id: 'm', text: 'Hello' };
const LEAVE: FromVisitor = { type: 'leave' };

describe('a connection', () => {
  let connection: Connection;

  function last(): Socket {
    const socket = Socket.opened.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  }

  function greet(): Socket {
    last().onopen?.();
    return last();
  }

  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    vi.stubGlobal('WebSocket', Socket);
    Socket.opened.length = 0;
    connection = makeConnection('ws://shop.example', { hello: () => HELLO, receive: () => {}, lost: () => {} });
    connection.open();
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  test('tells after the welcome what was said since the hello, but not what is repeated anyway', () => {
    const socket = greet();
    for (const message of [CHANGED, SAY, LEAVE]) expect(connection.send(message)).toBe(false);
    socket.say({ type: 'welcome' });
    expect(socket.sent).toEqual(['hello', 'data', 'leave']);
  });

  test('tells on the next socket only what must arrive', () => {
    connection.send(CHANGED);
    greet();
    for (const message of [CHANGED, LEAVE]) connection.send(message);
    last().end(1006);
    vi.advanceTimersByTime(30_000);
    greet().say({ type: 'welcome' });
    expect(last().sent).toEqual(['hello', 'leave']);
  });

  test.each([
    ['that does not open', () => {}],
    ['on which no hello is answered', greet],
  ])('gives a socket up %s', (_, begin) => {
    begin();
    const [first] = Socket.opened;
    vi.advanceTimersByTime(19_999);
    expect([first?.isClosed, Socket.opened.length]).toEqual([false, 1]);
    vi.advanceTimersByTime(1 + 500);
    expect([first?.isClosed, Socket.opened.length]).toEqual([true, 2]);
  });

  test('does not come back before the server wants it, whoever looks at the page', () => {
    last().end(1013, '{"retry_after": 3}');
    connection.verify();
    vi.advanceTimersByTime(3_000);
    connection.verify();
    expect(Socket.opened).toHaveLength(1);
    vi.advanceTimersByTime(1_500);
    expect(Socket.opened).toHaveLength(2);
  });

  test('comes back at once when the page is looked at again and nobody asked for more time', () => {
    last().end(1006);
    connection.verify();
    expect(Socket.opened).toHaveLength(2);
  });

  test.each([1000, 1008, 4001, 4003])('that was closed with %i stays closed', (code) => {
    last().end(code);
    connection.verify();
    vi.advanceTimersByTime(60_000);
    expect(Socket.opened).toHaveLength(1);
  });
});
