// What the shop's page calls. Before the widget is there, commands wait in an array:
//
//   window.router = window.router || [];
//   router.push(['set', { cart_value: 129.9 }]);                 a command and its arguments
//   router.push((api) => api.on('message', track));              or a function, called when the widget is there
//
// Once it is there `router` is a function, and `push` still works: router('navigate'), router('consent', true),
// router('identify', { id, expires, hmac }), router('transaction', { id: 'A-17', amount: 12990, currency: 'EUR' }) with the
// amount in minor units, router('on', 'conversation', listener), router('off', …). What can be listened to are the messages
// of the wire contract by their type, in the `detail` of the event; `router:ready` is an event on `window`.

import type { Identity } from '@router/protocol/visitor';
import { tellable } from './data.ts';
import type { Look } from './page.ts';
import type { Session } from './session.ts';

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
  on(event: string, listener: (event: Event) => void): void;
  off(event: string, listener: (event: Event) => void): void;
}

export type Command = { [Name in keyof Commands]: [Name, ...Parameters<Commands[Name]>] }[keyof Commands];
export type Queued = Command | ((api: Api) => void);

export interface Api extends Commands {
  (...command: Command): void;
  push(...queued: Queued[]): void;
}

/** The API on a session; `events` are what pages can listen to. Before what is said of a page, one `look`s for it. */
export function makeApi(session: Session, events: EventTarget, look: Look): Api {
  const commands: Commands = {
    set(values) {
      look();
      session.set(tellable(values));
    },
    identify: (identity) => session.identify(identity),
    consent: (granted) => session.consent(granted),
    navigate: (url) => look(true, url),
    transaction: ({ id, amount, currency }) => session.send({ type: 'transaction', id, amount: { amount, currency } }),
    on: (event, listener) => events.addEventListener(event, listener),
    off: (event, listener) => events.removeEventListener(event, listener),
  };
  const call = (...[name, ...given]: Command) => {
    Reflect.apply(commands[name], commands, given);
  };
  const push = (...queued: Queued[]) => {
    for (const each of queued) {
      try {
        if (typeof each === 'function') each(api);
        else call(...each);
      } catch (error) {
        // What is wrong with one must not keep the others waiting.
        reportError(error);
      }
    }
  };
  const api: Api = Object.assign(call, commands, { push });
  return api;
}
