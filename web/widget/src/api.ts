// What the shop's page calls. Before the widget is there, commands wait in an array:
//
//   window.router = window.router || [];
//   router.push(['set', { cart_value: 129.9 }]);                 a command and its arguments
//   router.push((api) => api.on('message', track));              or a function
//
// Once it is there `router` is a function, and `push` still works: router('navigate'), router('consent', true),
// router('identify', { id, expires, hmac }), router('transaction', { id: 'A-17', amount: 12990, currency: 'EUR' }) with the
// amount in minor units, router('on', 'conversation', listener), router('off', …). `router:ready` is the event on `window`.
// What can be listened to are the messages of the wire contract, by their type, and `ready`.

import type { FromVisitor, Identity, ToVisitor } from '@router/protocol/visitor';
import { tellable } from './data.ts';
import type { Session } from './session.ts';

type Told = ToVisitor | FromVisitor;
type Listener = (detail: Told | undefined) => void;

export interface Order {
  id: string;
  /** In minor units: cents. */
  amount: number;
  /** ISO 4217. */
  currency: string;
}

export interface Commands {
  set(values: Record<string, unknown>): void;
  identify(identity: Identity): void;
  consent(granted: boolean): void;
  navigate(url?: string): void;
  transaction(order: Order): void;
  on(event: string, listener: Listener): void;
  off(event: string, listener: Listener): void;
}

export type Command = { [Name in keyof Commands]: [Name, ...Parameters<Commands[Name]>] }[keyof Commands];
export type Queued = Command | ((api: Api) => void);

export interface Api extends Commands {
  (...command: Command): void;
  push(...queued: Queued[]): void;
}

/** Listeners of the shop's page. */
export class Listeners {
  readonly #byEvent: Record<string, Set<Listener>> = {};

  on(event: string, listener: Listener): void {
    this.#byEvent[event] ??= new Set();
    this.#byEvent[event].add(listener);
  }

  off(event: string, listener: Listener): void {
    this.#byEvent[event]?.delete(listener);
  }

  /** Call those who listen; an error of theirs is theirs alone. */
  tell(event: string, detail?: Told): void {
    for (const listener of this.#byEvent[event] ?? []) guarded(() => listener(detail));
  }
}

/** The API on a session. */
export function makeApi(session: Session, listeners: Listeners): Api {
  const commands: Commands = {
    set: (values) => session.set(tellable(values)),
    identify: (identity) => session.identify(identity),
    consent: (granted) => session.consent(granted),
    navigate: (url) => session.navigate(url),
    transaction: ({ id, amount, currency }) => {
      if (Number.isInteger(amount)) session.send({ type: 'transaction', id, amount: { amount, currency } });
      else warn(`the amount of transaction "${id}" is ${amount}; a whole number of minor units (cents) is needed`);
    },
    on: (event, listener) => {
      listeners.on(event, listener);
      if (event === 'ready') guarded(() => listener(undefined));
    },
    off: (event, listener) => listeners.off(event, listener),
  };
  const call = (...[name, ...given]: Command) => {
    const command: unknown = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (typeof command === 'function') guarded(() => command(...given));
    else warn(`there is no command "${name}"; there are ${Object.keys(commands).join(', ')}`);
  };
  const push = (...queued: Queued[]) => {
    for (const each of queued) {
      if (typeof each === 'function') guarded(() => each(api));
      else call(...each);
    }
  };
  const api: Api = Object.assign(call, commands, { push });
  return api;
}

/** An error in the shop's own code must not end ours; its page hears of it as of any other. */
function guarded(work: () => void): void {
  try {
    work();
  } catch (error) {
    reportError(error);
  }
}

/** A word to whoever develops the shop. */
function warn(text: string): void {
  // biome-ignore lint/suspicious/noConsole: the only place where the shop's developers look
  console.warn(`router: ${text}`);
}
