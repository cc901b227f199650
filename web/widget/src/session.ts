// What this tab tells the server and knows from it: the page, the visitor and her conversation. It draws nothing.

import type {
  FromVisitor,
  Hello,
  Identity,
  Offer,
  OfflineForm,
  PageView,
  Error as Refusal,
  SiteForVisitor,
  ToVisitor,
} from '@router/protocol/visitor';
import { Connection, type Line } from './connection.ts';
import {
  type Conversation,
  isOpen,
  isOutdated,
  isTheirs,
  lastKnown,
  NOTHING,
  type Pending,
  retry,
  seen,
  take,
  write,
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

export class Session implements Line, Writer {
  conversation: Conversation = NOTHING;
  /** The engagement that the visitor answers. */
  answering: string | undefined;
  draft: string;
  /** Whether the page before was left with the chat open. */
  isChatOpen: boolean;
  readonly #audience: Audience;
  readonly #tell: Tell;
  readonly #connection: Connection;
  readonly #storage: Storage;
  #tab: string;
  #page: PageView = viewPage();
  #welcomedPage: string | undefined;
  #data: Data = {};
  #identity: Identity | undefined;
  #visitor: string | undefined;
  #resuming: string | undefined;
  #receivedTo = 0;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(socketUrl: string, storage: Storage, tell: Tell, audience: Audience) {
    const kept = storage.takeKept();
    this.#audience = audience;
    this.#tell = tell;
    this.#storage = storage;
    this.#tab = kept.tab ?? freshId();
    this.#visitor = storage.visitor;
    this.draft = kept.draft ?? '';
    this.isChatOpen = kept.isOpen ?? false;
    this.answering = kept.engagement;
    if (this.#visitor !== undefined) this.conversation = conversationOf(kept);
    this.#connection = new Connection(socketUrl, this);
    setInterval(() => isOpen(this.conversation) && this.#connection.verify(), VERIFY_EVERY_MS);
  }

  get isConnected(): boolean {
    return this.#connection.isWelcome;
  }

  // -- as the line of a connection

  hello(): Hello {
    const { id, generation, pending } = this.conversation;
    const resume = id && generation ? { conversation: id, generation, seq: lastKnown(this.conversation) } : undefined;
    this.#resuming = resume?.conversation;
    return {
      type: 'hello',
      visitor: this.#visitor ?? null,
      resume: resume ? { ...resume, unacked: pending.slice(0, MOST_UNACKED).map(idOf) } : null,
      tab: this.#tab,
      page: this.#page,
      window: windowSize(),
      language: navigator.language.slice(0, LONGEST_LANGUAGE),
      device: device(),
      data: tellable({ ...shopData(), ...this.#data }),
      consent: this.#storage.isAllowed,
    };
  }

  receive(message: ToVisitor): void {
    const before = this.conversation;
    if (isOutdated(before, message)) {
      this.#connection.restart();
      return;
    }
    // What was missed of one conversation means nothing when the welcome told of another that is open.
    const isOfAnother = message.type === 'resumed' && message.recovered && this.#resuming !== before.id;
    if (!isOfAnother) this.conversation = take(before, message);
    switch (message.type) {
      case 'welcome':
        this.#welcome(message.visitor, message.site);
        break;
      case 'offer':
        this.#audience.offered(message);
        break;
      case 'withdraw':
        this.#audience.withdrawn(message.engagement, message.reason);
        break;
      case 'error':
        this.#refused(message);
        break;
    }
    this.#noteReceived(before);
    this.#tell(message);
    this.#changed(before);
  }

  lost(): void {
    clearTimeout(this.#again);
    this.conversation = { ...this.conversation, isTyping: false };
    this.#changed(this.conversation);
  }

  // -- the page

  open(): void {
    this.#connection.open();
  }

  /** See that the server is there: the page is looked at again, or the network is back. */
  verify(): void {
    this.#connection.verify();
  }

  /** The page is left: its tab goes on with what it must not forget. */
  leavePage(): void {
    this.#storage.keep({ ...this.#kept(), tab: this.#tab });
    this.#connection.close();
  }

  /** The browser brought the page back as it was left. */
  comeBack(): void {
    this.#storage.takeKept();
    this.save();
    this.#page = viewPage();
    this.#data = {};
    this.open();
  }

  navigate(url?: string): void {
    this.#page = viewPage(url);
    this.#data = {};
    const { id, url: address, title } = this.#page;
    if (this.send({ type: 'page', id, url: address, title: title ?? null, data: shopData() })) this.#welcomedPage = id;
  }

  resize(): void {
    this.send({ type: 'window', ...windowSize() });
  }

  set(values: Data): void {
    Object.assign(this.#data, values);
    this.send({ type: 'data', values });
  }

  // -- the visitor

  identify(identity: Identity): void {
    this.#identity = identity;
    if (this.isConnected) this.send({ type: 'identify', identity });
  }

  consent(granted: boolean): void {
    this.#storage.allow(granted);
    if (!granted && this.#welcomedPage === undefined) {
      // Nobody has been told yet who she was when she allowed it.
      this.#visitor = undefined;
      this.conversation = NOTHING;
    }
    if (this.#visitor !== undefined) this.#storage.visitor = this.#visitor;
    this.save();
    this.send({ type: 'consent', granted });
  }

  send(message: FromVisitor): boolean {
    this.#tell(message);
    return this.#connection.send(message);
  }

  // -- as the writer in the chat

  drafted(text: string): void {
    this.draft = text;
    this.save();
  }

  typing(on: boolean, text: string): void {
    this.send({ type: 'typing', on, text });
  }

  /** She said something: it is shown at once, and sent until the server has it. */
  said(text: string): void {
    this.#write({ type: 'say', client_msg_id: freshId(), text, engagement: this.answering ?? null });
  }

  retry(id: string): void {
    const before = this.conversation;
    this.conversation = retry(before, id);
    this.#sayAgain();
    this.#changed(before);
  }

  seen(seq: number): void {
    const before = this.conversation;
    this.conversation = seen(before, seq);
    this.send({ type: 'read', seq });
    this.#changed(before);
  }

  ended(): void {
    this.send({ type: 'leave' });
  }

  /** She left a question. Where a conversation is known it goes there, whatever brought her. */
  left(word: Pick<OfflineForm, 'text' | 'name' | 'email'>): void {
    const engagement = this.answering ?? this.conversation.id;
    if (engagement !== undefined) this.#write({ type: 'offline_form', client_msg_id: freshId(), engagement, ...word });
  }

  rated(score: number, comment: string): void {
    const { id } = this.conversation;
    if (id !== undefined) this.send({ type: 'rate', conversation: id, score, comment: comment || null });
  }

  /** The conversation is over and the visitor closed it. */
  forget(): void {
    const before = this.conversation;
    this.conversation = NOTHING;
    this.answering = undefined;
    this.#changed(before);
  }

  save(): void {
    this.#storage.keep(this.#kept());
  }

  #kept(): Kept {
    const { id, generation, seenTo, pending } = this.conversation;
    const { answering: engagement, isChatOpen, draft } = this;
    return { conversation: id, generation, seenTo, engagement, isOpen: isChatOpen, draft, pending };
  }

  #write(message: Pending['message']): void {
    const before = this.conversation;
    this.conversation = write(before, message, new Date().toISOString());
    this.send(message);
    this.#connection.verify();
    this.#changed(before);
  }

  #welcome(visitor: string, site: SiteForVisitor): void {
    const isSamePage = this.#welcomedPage === this.#page.id;
    this.#welcomedPage = this.#page.id;
    this.#visitor = visitor;
    this.#storage.visitor = visitor;
    this.#audience.welcomed(site, isSamePage);
    if (this.#identity !== undefined) this.send({ type: 'identify', identity: this.#identity });
    this.#sayAgain();
  }

  #refused(error: Refusal): void {
    if (error.code !== 'retry' && error.code !== 'rate_limited') return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#sayAgain(), SAY_AGAIN_MS * (1 + Math.random()));
  }

  /** Send what is not acknowledged; the server knows what it has already by its id. */
  #sayAgain(): void {
    for (const { message, refused } of this.conversation.pending) {
      if (refused === undefined) this.#connection.send(message);
    }
  }

  #noteReceived(before: Conversation): void {
    if (before.id !== this.conversation.id) this.#receivedTo = 0;
    const last = this.conversation.messages.findLast(isTheirs)?.seq ?? 0;
    if (last <= this.#receivedTo) return;
    this.#receivedTo = last;
    this.#connection.send({ type: 'received', seq: last });
  }

  #changed(before: Conversation): void {
    if (before !== this.conversation) this.save();
    this.#audience.changed(before);
  }
}

function idOf({ message }: Pending): string {
  return message.client_msg_id;
}

/** What the page before knew: enough to ask the server for the rest. */
function conversationOf(kept: Kept): Conversation {
  const { conversation: id, generation, seenTo = 0, pending = [] } = kept;
  return { ...NOTHING, id, generation, seenTo, pending };
}
