// The socket to the server: opened at once, opened again with patience when it is lost, and found out when it only seems
// to be open. What is said on it is the business of others.

import type { FromVisitor, Hello, ToVisitor } from '@router/protocol/visitor';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** A socket that answers nothing for so long is dead, whatever the browser says: after sleep, or in a tunnel. */
const PONG_WAIT_MS = 5_000;
/** A server to which all visitors come back at once needs longer than this for none of them. */
const WELCOME_WAIT_MS = 20_000;
/** Closed for good: by another socket of the tab, by policy, for a bad hello, or no longer allowed. */
const FINAL = [1000, 1008, 4001, 4003];

/** What must arrive although there is no acknowledgement for it: kept until there is a socket. */
const LASTING = ['engage', 'dismiss', 'rate', 'leave', 'transaction'];
/** What its sender says again after the welcome. */
const REPEATED = ['say', 'offline_form'];

export interface Line {
  /** The greeting of a socket that has just opened. */
  hello(): Hello;
  receive(message: ToVisitor): void;
  /** The socket was lost; it is opened again. */
  lost(): void;
}

/** How long to wait before the next attempt: the seconds that the server asked for, if any, and full jitter after them. */
export function waitBefore(attempt: number, retryAfterSeconds: number, chance: number): number {
  if (retryAfterSeconds > 0) return (1 + chance) * retryAfterSeconds * 1000;
  return chance * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
}

/** A message as it is sent. Half a character, as where a text was cut, would make all of it worthless. */
export function encode(message: FromVisitor): string {
  return JSON.stringify(message).replace(/\\(ud[89a-f]..|.)/g, (escaped, meaning) => (meaning[1] ? '\ufffd' : escaped));
}

export interface Connection {
  /** Open a socket now, unless there is one. */
  open(): void;
  /** Close the socket; `open` begins again. */
  close(): void;
  /** Give this socket up and open another one. */
  restart(): void;
  /** Whether messages reach the server now. */
  isWelcome(): boolean;
  /** Send now; false when that cannot be. What the hello did not tell, or must arrive, is sent after the welcome. */
  send(message: FromVisitor): boolean;
  /** Find out whether the other side is really there: open a socket, if we may, or have the one that is open answer. */
  verify(): void;
}

/** A connection that is not open yet. */
export function makeConnection(url: string, line: Line): Connection {
  let socket: WebSocket | undefined;
  let isGreeted = false;
  let isWelcome = false;
  let attempt = 0;
  /** The server does not want us sooner. */
  let awayUntil = 0;
  let again: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let later: FromVisitor[] = [];

  function open(): void {
    clearTimeout(again);
    if (socket !== undefined) return;
    const opened = new WebSocket(url);
    socket = opened;
    silence = setTimeout(giveUp, WELCOME_WAIT_MS);
    opened.onopen = () => {
      isGreeted = true;
      opened.send(encode(line.hello()));
    };
    opened.onmessage = (event: MessageEvent<string>) => receive(JSON.parse(event.data));
    opened.onclose = lost;
  }

  function close(): void {
    clearTimeout(again);
    if (socket === undefined) return;
    // A dead socket takes its time to close: nobody listens to it meanwhile.
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    forget();
  }

  function restart(): void {
    close();
    open();
  }

  function send(message: FromVisitor): boolean {
    const { type } = message;
    if (isWelcome) socket?.send(encode(message));
    else if (isGreeted ? !REPEATED.includes(type) : LASTING.includes(type)) later.push(message);
    return isWelcome;
  }

  function verify(): void {
    if (socket !== undefined) {
      if (silence === undefined && send({ type: 'ping' })) silence = setTimeout(restart, PONG_WAIT_MS);
    } else if (Date.now() >= awayUntil) open();
  }

  /** A server that takes no hello is not asked at once again. */
  function giveUp(): void {
    close();
    wait(0);
  }

  function wait(seconds: number): void {
    const waitMs = waitBefore(attempt, seconds, Math.random());
    awayUntil = seconds && Date.now() + waitMs;
    again = setTimeout(open, waitMs);
    attempt += 1;
  }

  function receive(message: ToVisitor): void {
    endSilence();
    if (message.type === 'welcome') {
      isWelcome = true;
      attempt = 0;
    }
    line.receive(message);
    if (!isWelcome) return;
    const waiting = later;
    later = [];
    for (const each of waiting) send(each);
  }

  function lost({ code, reason }: CloseEvent): void {
    forget();
    if (FINAL.includes(code)) awayUntil = Infinity;
    // A restart or an overload says how long to stay away.
    else wait(Number(/"retry_after": ?(\d+)/.exec(reason)?.[1] ?? 0));
  }

  function forget(): void {
    endSilence();
    socket = undefined;
    isGreeted = isWelcome = false;
    // The next hello tells the rest.
    later = later.filter(({ type }) => LASTING.includes(type));
    line.lost();
  }

  function endSilence(): void {
    clearTimeout(silence);
    silence = undefined;
  }

  return { open, close, restart, isWelcome: () => isWelcome, send, verify };
}
