// The socket to the server: opened at once, opened again with patience when it is lost, and found out when it only seems
// to be open. What is said on it is the business of others.

import type { FromVisitor, Hello, ToVisitor } from '@router/protocol/visitor';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A socket that answers nothing for so long is dead, whatever the browser says: after sleep, or in a tunnel. */
const PONG_WAIT_MS = 5_000;
const RESTART = 1012;
const OVERLOAD = 1013;
/** Closed for good: by another socket of the tab, by policy, for a bad hello, or no longer allowed. */
const FINAL = [1000, 1008, 4001, 4003];

/** What must arrive although there is no acknowledgement for it: kept until there is a socket. */
const LASTING = new Set<FromVisitor['type']>(['engage', 'dismiss', 'rate', 'leave', 'transaction', 'identify']);

export interface Line {
  /** The greeting of a socket that has just opened. */
  hello(): Hello;
  receive(message: ToVisitor): void;
  /** The socket was lost; it is opened again. */
  lost(): void;
}

/** How long to wait before the next attempt: whole seconds that the server asked for, and full jitter on top. */
export function waitBefore(attempt: number, retryAfterSeconds: number | undefined, chance: number): number {
  if (retryAfterSeconds !== undefined) return (1 + chance) * retryAfterSeconds * 1000;
  return chance * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
}

export class Connection {
  readonly #url: string;
  readonly #line: Line;
  #socket: WebSocket | undefined;
  #isWelcome = false;
  #attempt = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #later: FromVisitor[] = [];

  constructor(url: string, line: Line) {
    this.#url = url;
    this.#line = line;
  }

  /** Whether messages reach the server now. */
  get isWelcome(): boolean {
    return this.#isWelcome;
  }

  /** Open a socket now, unless there is one. */
  open(): void {
    clearTimeout(this.#again);
    if (this.#socket !== undefined) return;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify(this.#line.hello()));
    socket.onmessage = (event: MessageEvent<string>) => this.#receive(socket, event.data);
    socket.onclose = (event) => this.#lost(socket, event);
  }

  /** Send now; false when that cannot be. What must arrive is sent after the next welcome. */
  send(message: FromVisitor): boolean {
    if (this.#isWelcome && this.#socket !== undefined) {
      this.#socket.send(JSON.stringify(message));
      return true;
    }
    if (LASTING.has(message.type)) this.#later.push(message);
    return false;
  }

  /** Find out whether the other side is really there: open a socket, or have the one that is open answer. */
  verify(): void {
    if (this.#socket === undefined) this.open();
    else if (this.#silence === undefined && this.send({ type: 'ping' })) {
      this.#silence = setTimeout(() => this.restart(), PONG_WAIT_MS);
    }
  }

  /** Give this socket up and open another one. */
  restart(): void {
    this.close();
    this.open();
  }

  /** Close the socket; `open` begins again. */
  close(): void {
    const socket = this.#socket;
    clearTimeout(this.#again);
    this.#forget();
    if (socket === undefined) return;
    // A dead socket takes its time to close: nobody listens to it meanwhile.
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#line.lost();
  }

  #receive(socket: WebSocket, data: string): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    const message: ToVisitor = JSON.parse(data);
    if (message.type === 'welcome') {
      this.#isWelcome = true;
      this.#attempt = 0;
    }
    this.#line.receive(message);
    if (message.type !== 'welcome' || this.#socket !== socket) return;
    const later = this.#later;
    this.#later = [];
    for (const each of later) this.send(each);
  }

  #lost(socket: WebSocket, event: CloseEvent): void {
    if (this.#socket !== socket) return;
    this.#forget();
    this.#line.lost();
    if (FINAL.includes(event.code)) return;
    const seconds = event.code === RESTART || event.code === OVERLOAD ? retryAfter(event.reason) : undefined;
    this.#again = setTimeout(() => this.open(), waitBefore(this.#attempt, seconds, Math.random()));
    this.#attempt += 1;
  }

  #forget(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
    this.#socket = undefined;
    this.#isWelcome = false;
  }
}

/** The seconds in the reason of a close frame. */
function retryAfter(reason: string): number | undefined {
  try {
    const { retry_after: seconds }: { retry_after?: unknown } = JSON.parse(reason);
    return typeof seconds === 'number' ? seconds : undefined;
  } catch {
    return undefined;
  }
}
