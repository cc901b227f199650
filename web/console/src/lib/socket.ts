// The connection of a desk: a ticket, a socket, and coming back whenever it is lost. It knows nothing of messages but
// the welcome that begins and the pong that proves it alive.
import type { FromAgent, ToAgent } from '@router/protocol/agent';

export type LinkState = 'connecting' | 'open' | 'lost' | 'refused';

export interface SocketOptions {
  /** Ask for a one-time ticket; null when the person is not logged in any more. */
  ticket: () => Promise<string | null>;
  receive: (message: ToAgent) => void;
  changed: (state: LinkState) => void;
  loggedOut: () => void;
}

/** Close code of the wire contract: the session is over, or its person is no agent of the site. The next ticket tells. */
const NOT_ALLOWED = 4003;

/** Waits between two attempts are drawn from zero to a bound that doubles, so that desks do not all come at once. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** A connection that was cut without a word shows by a ping that nothing answers. */
const PING_EVERY_MS = 15_000;
const ANSWER_WITHIN_MS = 8_000;

export class AgentSocket {
  readonly #options: SocketOptions;
  #socket: WebSocket | null = null;
  #attempts = 0;
  #isStopped = false;
  /** The server closed for good since the last welcome: a second time is an answer. */
  #isDoubted = false;
  /** The attempt under way; what an earlier one still brings is not wanted. */
  #round = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SocketOptions) {
    this.#options = options;
    addEventListener('online', this.#retryNow);
  }

  /** Connect, and stay connected until stopped. */
  async connect(): Promise<void> {
    const round = ++this.#round;
    clearTimeout(this.#again);
    this.#options.changed(this.#attempts === 0 ? 'connecting' : 'lost');
    try {
      const ticket = await this.#options.ticket();
      if (this.#isStopped || round !== this.#round) {
        return;
      }
      if (ticket === null) {
        this.stop();
        this.#options.loggedOut();
        return;
      }
      this.#open(ticket);
    } catch {
      if (round === this.#round) {
        this.#later();
      }
    }
  }

  /** Send now; false when there is no socket to send on. */
  send(message: FromAgent): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  stop(): void {
    this.#isStopped = true;
    removeEventListener('online', this.#retryNow);
    clearTimeout(this.#again);
    clearTimeout(this.#ping);
    this.#socket?.close(1000);
  }

  #open(ticket: string): void {
    const address = new URL(`/ws/agent?ticket=${encodeURIComponent(ticket)}`, location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    const socket = new WebSocket(address);
    this.#socket = socket;
    this.#expectAnswer(socket);
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const message: ToAgent = JSON.parse(data);
      if (message.type === 'welcome') {
        this.#attempts = 0;
        this.#isDoubted = false;
        this.#options.changed('open');
      }
      this.#pingLater(socket);
      this.#options.receive(message);
    };
    socket.onclose = ({ code, reason }) => this.#closed(socket, code, reason);
  }

  #closed(socket: WebSocket, code: number, reason: string): void {
    if (socket !== this.#socket || this.#isStopped) {
      return;
    }
    this.#socket = null;
    if (code !== NOT_ALLOWED) {
      this.#later(retryAfterMs(reason));
    } else if (this.#isDoubted) {
      this.stop();
      this.#options.changed('refused');
    } else {
      this.#isDoubted = true;
      clearTimeout(this.#ping);
      void this.connect();
    }
  }

  #later(atLeastMs = 0): void {
    clearTimeout(this.#ping);
    if (this.#isStopped) {
      return;
    }
    this.#options.changed('lost');
    const bound = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#again = setTimeout(() => void this.connect(), atLeastMs + Math.random() * bound);
  }

  /** The network is there again: neither a wait nor an attempt that began without it is worth its time. */
  #retryNow = (): void => {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      const hanging = this.#socket;
      this.#socket = null;
      hanging?.close();
      clearTimeout(this.#ping);
      void this.connect();
    }
  };

  #pingLater(socket: WebSocket): void {
    clearTimeout(this.#ping);
    this.#ping = setTimeout(() => {
      this.send({ type: 'ping' });
      this.#expectAnswer(socket);
    }, PING_EVERY_MS);
  }

  /** Give the socket up when nothing comes: its own close may take minutes to fail. */
  #expectAnswer(socket: WebSocket): void {
    clearTimeout(this.#ping);
    this.#ping = setTimeout(() => {
      this.#closed(socket, 1006, '');
      socket.close();
    }, ANSWER_WITHIN_MS);
  }
}

/** The wait that a server which restarts or is full asks for: `{"retry_after": 3}`, in seconds. */
function retryAfterMs(reason: string): number {
  const [, seconds] = /"retry_after": ?(\d+(?:\.\d+)?)/.exec(reason) ?? [];
  return Number(seconds ?? 0) * 1000;
}
