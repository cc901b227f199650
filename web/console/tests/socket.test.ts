// The connection of a desk comes back whenever it is lost, and tells apart who is logged out and who is no agent.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { agentTicket } from '../src/lib/api.ts';
import { AgentSocket, type LinkState } from '../src/lib/socket.ts';
import { welcome } from './told.ts';

const NOT_ALLOWED = 4003;

const sockets: FakeSocket[] = [];

class FakeSocket {
  static readonly OPEN = 1;
  readyState = 0;
  onmessage: (event: { data: string }) => void = () => {};
  onclose: (event: { code: number; reason: string }) => void = () => {};

  constructor(readonly address: URL) {
    sockets.push(this);
  }

  close(): void {
    this.readyState = 3;
  }

  send(): void {}

  welcome(): void {
    this.readyState = FakeSocket.OPEN;
    this.onmessage({ data: JSON.stringify(welcome()) });
  }

  end(code: number): void {
    this.readyState = 3;
    this.onclose({ code, reason: '' });
  }
}

/** A desk's connection, whose tickets come from the test; and what it told. */
function connection(ticket: () => Promise<string | null>) {
  const told: (LinkState | 'logged out')[] = [];
  const socket = new AgentSocket({
    ticket,
    receive: () => {},
    changed: (state) => told.push(state),
    loggedOut: () => told.push('logged out'),
  });
  return { socket, told };
}

const page = new EventTarget();

async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

function last(): FakeSocket {
  const socket = sockets.at(-1);
  if (!socket) {
    throw new Error('no socket was opened');
  }
  return socket;
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets.length = 0;
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('location', new URL('https://desk.example/console/'));
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('whose session ended is logged out, not refused', async () => {
  const tickets: (string | null)[] = ['one', null];
  const { socket, told } = connection(async () => tickets.shift() ?? null);
  await socket.connect();
  last().welcome();
  last().end(NOT_ALLOWED);
  await settled();
  expect(told).toEqual(['connecting', 'open', 'connecting', 'logged out']);
});

test('who gets a ticket and is closed out again is refused; who is welcomed was not', async () => {
  const { socket, told } = connection(async () => 'ticket');
  await socket.connect();
  for (let round = 0; round < 2; round += 1) {
    last().welcome();
    last().end(NOT_ALLOWED);
    await settled();
  }
  expect(sockets).toHaveLength(3);
  last().end(NOT_ALLOWED);
  await settled();
  expect(told.at(-1)).toBe('refused');
  expect(sockets).toHaveLength(3);
});

test('a network that is there again begins anew where a ticket or a socket hangs', async () => {
  const tickets: ((ticket: string) => void)[] = [];
  const { socket } = connection(() => new Promise((resolve) => tickets.push(resolve)));
  void socket.connect();
  page.dispatchEvent(new Event('online'));
  expect(tickets).toHaveLength(2);
  tickets[0]?.('late');
  tickets[1]?.('fresh');
  await settled();
  expect(sockets.map(({ address }) => address.search)).toEqual(['?ticket=fresh']);
  page.dispatchEvent(new Event('online'));
  expect(last().readyState).toBe(3);
  tickets[2]?.('third');
  await settled();
  last().welcome();
  page.dispatchEvent(new Event('online'));
  await settled();
  expect(tickets).toHaveLength(3);
  socket.stop();
});

test('a ticket is not waited for without end', async () => {
  const asked = vi.fn(async (_address: string, _options: RequestInit) => Response.json({ ticket: 'one' }));
  vi.stubGlobal('fetch', asked);
  await agentTicket('shop');
  expect(asked.mock.calls[0]?.[1].signal).toBeInstanceOf(AbortSignal);
});
