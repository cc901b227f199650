// What this tab tells the server and knows from it: the page, the visitor and her conversation. It draws nothing.

import type {
  FromVisitor,
  Hello,
  Identity,
  Offer,
  Error as Refusal,
  SiteForVisitor,
  ToVisitor,
  Welcome,
} from '@router/protocol/visitor';
import { makeConnection } from './connection.ts';
import {
  type Conversation,
  idOf,
  isOpen,
  isOutdated,
  isTheirs,
  lastKnown,
  NOTHING,
  type Pending,
  retry,
  seen,
  take,
} from './conversation.ts';
import { type Data, shopData, tellable } from './data.ts';
import { device, freshId, viewPage, windowSize } from './page.ts';
import type { Writer } from './screen.ts';
import type { Kept, Storage } from './storage.ts';

const LONGEST_LANGUAGE = 64;
const MOST_UNACKED = 100;
/** When the server cannot store for a moment, or was told too much at once, messages are sent again after so long. */
const SAY_AGAIN_MS = 2_000;
/** While somebody is awaited or answers, a dead socket is found out within this and the patience of the connection. */
const VERIFY_EVERY_MS = 20_000;
/** Who writes says so again within this. */
const TYPING_ENDS_MS = 8_000;

export interface Audience {
  /** The server answered a hello; `isSamePage` when it was told of this page before. */
  welcomed(site: SiteForVisitor, isSamePage: boolean): void;
  /** The conversation or the connection changed. */
  changed(before: Conversation): void;
  offered(offer: Offer): void;
  withdrawn(engagement: string, reason: string): void;
}

/** Hears what is said, for whoever listens on the shop's page. */
export type Tell = (message: ToVisitor | FromVisitor) => void;

export interface Session extends Writer {
  conversation(): Conversation;
  isConnected(): boolean;
  draft(): string;
  isChatOpen(): boolean;
  /** The chat is opened or closed. */
  openChat(isOpen: boolean): void;
  /** From now on the visitor answers this engagement. */
  answer(engagement: string): void;
  /** The conversation is over and the visitor closed it. */
  forget(): void;
  send(message: FromVisitor): boolean;

  open(): void;
  /** See that the server is there: the page is looked at again, or the network is back. */
  verify(): void;
  /** The page is left: its tab goes on with what it must not forget. */
  leavePage(): void;
  /** The browser brought the page back as it was left. */
  comeBack(): void;
  navigate(url?: string): void;
  resize(): void;
  set(values: Data): void;
  identify(identity: Identity): void;
  consent(granted: boolean): void;
}

/** The session of this tab, with what the page before left; `open` connects it. */
export function makeSession(socketUrl: string, storage: Storage, tell: Tell, audience: Audience): Session {
  const data: Data = {};
  const connection = makeConnection(socketUrl, { hello, receive, lost: () => change({ isTyping: false }) });
  let tab = freshId();
  let visitor: string | undefined;
  let conversation = NOTHING;
  let answering: string | undefined;
  let isChatOpen = false;
  let draft = '';
  let email = '';
  let name = '';
  let page = viewPage();
  let welcomedPage = '';
  let identity: Identity | undefined;
  /** Whether agents may see what she types. */
  let isPreviewed = false;
  let resuming: string | undefined;
  let receivedTo = 0;
  let again: ReturnType<typeof setTimeout> | undefined;
  let typing: ReturnType<typeof setTimeout> | undefined;
  /** What counts once, however often it is told: a refusal does not say whether it was meant. */
  const counted: FromVisitor[] = [];
  /** Thank for the question that was left last, once it is stored. */
  let thank = () => {};
  recall();
  setInterval(() => isOpen(conversation) && connection.verify(), VERIFY_EVERY_MS);

  // -- as the line of a connection

  function hello(): Hello {
    const { id, generation, pending } = conversation;
    const unacked = pending.slice(0, MOST_UNACKED).map(idOf);
    const resume = id && generation ? { conversation: id, generation, seq: lastKnown(conversation), unacked } : null;
    resuming = resume?.conversation;
    return {
      type: 'hello',
      visitor: visitor ?? null,
      resume,
      tab,
      page,
      window: windowSize(),
      language: navigator.language.slice(0, LONGEST_LANGUAGE),
      device: device(),
      data: tellable({ ...shopData(), ...data }),
      consent: storage.isAllowed(),
    };
  }

  function receive(message: ToVisitor): void {
    if (isOutdated(conversation, message)) {
      connection.restart();
      return;
    }
    const before = conversation;
    // What was missed of one conversation means nothing when the welcome told of another that is open.
    const isOfAnother = message.type === 'resumed' && message.recovered && resuming !== before.id;
    const after = isOfAnother ? before : take(before, message);
    conversation = after;
    thank();
    if (message.type === 'welcome') welcome(message);
    else if (message.type === 'offer') audience.offered(message);
    else if (message.type === 'withdraw') audience.withdrawn(message.engagement, message.reason);
    else if (message.type === 'error') refused(message);
    else if (message.type === 'typing') {
      clearTimeout(typing);
      typing = setTimeout(change, TYPING_ENDS_MS, { isTyping: false });
    }
    noteReceived(before);
    tell(message);
    if (after !== before) save();
    audience.changed(before);
  }

  function welcome({ visitor: token, site }: Welcome): void {
    const isSamePage = welcomedPage === page.id;
    welcomedPage = page.id;
    isPreviewed = site.typing_preview;
    visitor = token;
    storage.keepVisitor(token);
    audience.welcomed(site, isSamePage);
    if (identity !== undefined) send({ type: 'identify', identity });
    sayAgain();
  }

  function refused({ code, field, message }: Refusal): void {
    if (code !== 'retry' && code !== 'rate_limited') {
      // biome-ignore lint/suspicious/noConsole: the only place where the shop's developers look
      console.warn('router:', message, field ?? '');
      return;
    }
    clearTimeout(again);
    again = setTimeout(
      () => {
        sayAgain();
        for (const each of counted) connection.send(each);
      },
      SAY_AGAIN_MS * (1 + Math.random()),
    );
  }

  /** Send what is not acknowledged; the server knows what it has already by its id. */
  function sayAgain(): void {
    for (const { message, refused } of conversation.pending) {
      if (refused === undefined) connection.send(message);
    }
  }

  function noteReceived(before: Conversation): void {
    if (before.id !== conversation.id) receivedTo = 0;
    const last = conversation.messages.findLast(isTheirs)?.seq ?? 0;
    if (last <= receivedTo) return;
    receivedTo = last;
    connection.send({ type: 'received', seq: last });
  }

  function send(message: FromVisitor): boolean {
    tell(message);
    if (message.type === 'rate' || message.type === 'transaction') counted.push(message);
    return connection.send(message);
  }

  // -- what is known, and kept

  /** Take up what was left in the browser, if any was: `isBack` when another page of the tab went on from here. */
  function recall(isBack = false): boolean {
    const left = storage.take();
    const known = storage.visitor();
    visitor = known ?? visitor;
    if (known !== undefined && left !== undefined) {
      if (isBack) {
        [answering, draft, isChatOpen] = [undefined, '', false];
        conversation = { ...conversation, pending: [] };
      }
      const { conversation: id, generation, seenTo = 0, pending = [] } = left;
      const isSame = id === conversation.id && generation === conversation.generation;
      const all = [...pending, ...conversation.pending];
      conversation = { ...(isSame ? conversation : NOTHING), id, generation, seenTo, pending: all };
      tab = left.tab ?? tab;
      answering ??= left.engagement;
      isChatOpen ||= left.isOpen === true;
      draft ||= left.draft ?? '';
      ({ email = '', name = '' } = left);
    }
    return known !== undefined || left !== undefined;
  }

  /** Something of the conversation is different now. */
  function change(changes: Partial<Conversation>): void {
    const before = conversation;
    conversation = { ...before, ...changes };
    save();
    audience.changed(before);
  }

  function keepings(): Kept {
    const { id, generation, seenTo, pending } = conversation;
    const written = { engagement: answering, draft, email, name, pending };
    return { conversation: id, generation, seenTo, isOpen: isChatOpen, ...written };
  }

  function save(): void {
    storage.keep(keepings());
  }

  function write(message: Pending['message']): void {
    change({ pending: [...conversation.pending, { message, at: new Date().toISOString() }] });
    send(message);
    connection.verify();
  }

  function turnTo(url?: string): void {
    page = viewPage(url);
    for (const name of Object.keys(data)) delete data[name];
  }

  return {
    conversation: () => conversation,
    isConnected: connection.isWelcome,
    draft: () => draft,
    isChatOpen: () => isChatOpen,
    openChat(isOpen) {
      isChatOpen = isOpen;
      save();
    },
    answer(engagement) {
      answering = engagement;
      send({ type: 'engage', engagement });
    },
    // Whatever brought her does so again.
    forget: () => change({ ...NOTHING, id: undefined, generation: undefined }),
    send,

    // -- as the writer in the chat

    drafted(text) {
      draft = text;
      save();
    },
    typing: (on, text) => void send({ type: 'typing', on, text: isPreviewed ? text : null }),
    said: (text) => write({ type: 'say', client_msg_id: freshId(), text, engagement: answering ?? null }),
    retry(id) {
      change(retry(conversation, id));
      sayAgain();
    },
    seen(seq) {
      change(seen(conversation, seq));
      send({ type: 'read', seq });
    },
    ended: () => void send({ type: 'leave' }),
    question: () => ({ text: draft, email, name }),
    asking(question) {
      ({ text: draft, email, name } = question);
      save();
    },
    left(question, stored) {
      const id = freshId();
      draft = '';
      // Where a conversation is known it goes there, whatever brought her.
      const engagement = answering ?? conversation.id ?? '';
      write({ type: 'offline_form', client_msg_id: id, engagement, ...question });
      thank = () => {
        if (!conversation.pending.some((each) => idOf(each) === id)) stored();
      };
    },
    rated(score, comment) {
      const { id } = conversation;
      if (id !== undefined) send({ type: 'rate', conversation: id, score, comment: comment || null });
    },

    // -- the page

    open: connection.open,
    verify: connection.verify,
    leavePage() {
      connection.close();
      storage.keep({ ...keepings(), tab });
    },
    comeBack() {
      // Nothing is left where another page was told to keep nothing.
      if (!recall(true)) storage.allow(false);
      change({});
      turnTo();
      connection.open();
    },
    navigate(url) {
      turnTo(url);
      const { id, url: address, title } = page;
      if (send({ type: 'page', id, url: address, title: title ?? null, data: shopData() })) welcomedPage = id;
    },
    resize: () => void send({ type: 'window', ...windowSize() }),
    set(values) {
      Object.assign(data, values);
      send({ type: 'data', values });
    },
    identify(known) {
      identity = known;
      if (connection.isWelcome()) send({ type: 'identify', identity: known });
    },
    consent(granted) {
      const stranger = visitor;
      const isNew = granted && !storage.isAllowed();
      storage.allow(granted);
      if (!granted && welcomedPage === '') {
        // Nobody has been told yet who she was when she allowed it.
        visitor = undefined;
        conversation = NOTHING;
      }
      // Who is known from before is a stranger no more, unless it is as one that she talks with somebody.
      if (isNew && !isOpen(conversation)) recall();
      if (visitor !== undefined) storage.keepVisitor(visitor);
      save();
      if (isNew && visitor !== stranger) {
        welcomedPage = '';
        connection.restart();
      } else send({ type: 'consent', granted });
    },
  };
}
