// A desk that lives: the state, its socket, and what the person does. Components read `state` and call the methods.
import type { Alert, Close, FromAgent, ToAgent, Transfer } from '@router/protocol/agent';
import type { SiteOfUser } from '@router/protocol/api';
import { agentTicket, Refused } from './api.ts';
import { clock } from './clock.svelte.ts';
import { type Conversation, lastFromVisitor } from './conversation.ts';
import { afterWelcome, type Desk, emptyDesk, type Notice, remove, resumeOf, sayOf } from './desk.ts';
import { type Draft, emptyDraft, modeOf } from './drafts.ts';
import { freshId } from './ids.ts';
import { keep, putBack } from './kept.ts';
import { receive } from './receive.ts';
import { AgentSocket, type LinkState } from './socket.ts';

/** The store was away for a moment: what it did not take is sent again after this. */
const SEND_AGAIN_MS = 1000;

/** The visitor sees "typing" for as long as it is told again; silence for this long ends it. */
const TYPING_EVERY_MS = 3000;

/** A person who only reads is no less there: a sign of life for the server, which counts in minutes. */
const ACTIVE_EVERY_MS = 30_000;

/** Answers to who asks for a ticket of a site and is no agent there. */
const NOT_ALLOWED = [403, 404];

export type Outcome = NonNullable<Close['outcome']>;

interface Options {
  notify: (notice: Notice) => void;
  /** Nobody is logged in any more, or somebody else is. */
  loggedOut: () => void;
}

/** Conversations where a message is not acknowledged. */
function holds(clientMessageId: string): (conversation: Conversation) => boolean {
  return ({ unacknowledged }) => unacknowledged.some(({ id }) => id === clientMessageId);
}

export class LiveDesk {
  readonly site: SiteOfUser;
  state = $state<Desk>(emptyDesk());
  link = $state<LinkState>('connecting');
  readonly #user: string;
  readonly #socket: AgentSocket;
  readonly #options: Options;
  readonly #stopKeeping: () => void;
  #hasPutBack = $state(false);
  /** Conversations where a message waits to be sent again: what is said after it waits behind it. */
  readonly #waiting = new Set<string>();
  #typingIn: string | null = null;
  #typingToldAt = 0;
  #typingEnds: ReturnType<typeof setTimeout> | undefined;
  #activeAt = 0;

  constructor(user: string, site: SiteOfUser, options: Options) {
    this.#user = user;
    this.site = site;
    this.#options = options;
    this.#socket = new AgentSocket({
      ticket: () => this.#ticket(),
      receive: (message) => this.#receive(message),
      changed: (link) => {
        this.link = link;
      },
      loggedOut: options.loggedOut,
    });
    this.#stopKeeping = this.#keep();
    void this.#socket.connect();
  }

  /** Managers act on the conversations of others, and see all of them. */
  get isManager(): boolean {
    return this.site.role !== 'agent';
  }

  stop(): void {
    this.#socket.stop();
    this.#stopKeeping();
  }

  // -- what the person does

  choose(status: Desk['status']): void {
    this.#socket.send({ type: 'status', status });
  }

  setCapacity(capacity: number): void {
    this.#socket.send({ type: 'status', capacity });
  }

  /** A key or a click: the person is there. */
  noteActive(): void {
    if (Date.now() - this.#activeAt > ACTIVE_EVERY_MS && this.#socket.send({ type: 'status', active: true })) {
      this.#activeAt = Date.now();
    }
  }

  /** Send the reply or note that is written; it stays on the screen, and is sent until it is acknowledged. */
  say(conversation: Conversation, text: string): void {
    const { id } = conversation;
    const draft = this.draftOf(id);
    const sent = { id: freshId(), text, note: draft.isNote, at: clock.instant() };
    conversation.unacknowledged.push(sent);
    this.#endTyping();
    this.state.drafts[id] = { ...draft, [modeOf(draft)]: '', isNote: false };
    if (!this.#waiting.has(id)) {
      this.#socket.send(sayOf(id, sent));
    }
    this.read(conversation);
  }

  draftOf(conversation: string): Draft {
    return this.state.drafts[conversation] ?? emptyDraft();
  }

  /** Change the reply or note that is being written, and let the visitor see that a reply is. */
  write(conversation: string, text: string): void {
    const draft = this.draftOf(conversation);
    this.state.drafts[conversation] = { ...draft, [modeOf(draft)]: text };
    if (text === '' || draft.isNote) {
      this.#endTyping();
    } else {
      this.#type(conversation);
    }
  }

  /** Go on with the reply, or with the note; what is written in the other one stays there. */
  turnTo(conversation: string, isNote: boolean): void {
    this.state.drafts[conversation] = { ...this.draftOf(conversation), isNote };
    if (isNote) {
      this.#endTyping();
    }
  }

  /** Throw away what is written in a conversation. */
  discard(conversation: string): void {
    delete this.state.drafts[conversation];
  }

  /** What the visitor wrote stands before the person's eyes. */
  read(conversation: Conversation): void {
    const seq = lastFromVisitor(conversation);
    if (seq > conversation.readTo && this.#socket.send({ type: 'read', conversation: conversation.id, seq })) {
      conversation.readTo = seq;
    }
  }

  close(conversation: Conversation, outcome: Outcome): void {
    const { id, version } = conversation;
    this.#ask(conversation, { type: 'close', conversation: id, version, outcome });
  }

  transfer(conversation: Conversation, to: Transfer['to']): void {
    const { id, version } = conversation;
    this.#ask(conversation, { type: 'transfer', conversation: id, version, to });
  }

  take(id: string, version: number): void {
    this.#ask(null, { type: 'take', conversation: id, version });
  }

  /** Ask for a change of a conversation; where it cannot even be sent, the person is told to try again. */
  #ask(conversation: Conversation | null, message: FromAgent): void {
    const isSent = this.#socket.send(message);
    (conversation ?? this.state).refusal = isSent ? null : 'retry';
  }

  /** Take a conversation that ended off the list. */
  remove({ id }: Conversation): void {
    remove(this.state, id);
  }

  /** Ask for no more attention to what was refused. */
  forgive(conversation: Conversation | null): void {
    (conversation ?? this.state).refusal = null;
  }

  /** An alert was looked at. */
  settle(alert: Alert): void {
    this.state.alerts = this.state.alerts.filter((each) => each !== alert);
  }

  /** Keep over a reload what the server does not know, whenever that changes; not before what was kept is put back. */
  #keep(): () => void {
    return $effect.root(() => {
      $effect(() => {
        if (this.#hasPutBack) {
          keep(this.#user, this.site.key, this.state);
        }
      });
    });
  }

  // -- what the server tells

  async #ticket(): Promise<string | null> {
    try {
      const answer = await agentTicket(this.site.key);
      if (answer) {
        clock.follow(answer.serverTime);
      }
      return answer?.ticket ?? null;
    } catch (error) {
      if (error instanceof Refused && NOT_ALLOWED.includes(error.status)) {
        this.stop();
        this.link = 'refused';
      }
      throw error;
    }
  }

  #receive(message: ToAgent): void {
    if (message.type === 'welcome' && message.agent.id !== this.#user) {
      this.stop(); // in another tab somebody else has logged in
      this.#options.loggedOut();
      return;
    }
    const notices = receive(this.state, message, clock.instant());
    if (message.type === 'welcome') {
      if (!this.#hasPutBack) {
        putBack(this.#user, this.site.key, this.state);
        this.#hasPutBack = true;
      }
      for (const each of afterWelcome(this.state, message, this.isManager)) {
        this.#socket.send(each);
      }
    } else if (message.type === 'unassigned' && this.isManager) {
      const conversation = this.state.conversations[message.conversation];
      if (conversation) {
        this.#socket.send(resumeOf([conversation])); // whose it is now
      }
    } else if (message.type === 'error' && message.code === 'retry' && message.client_msg_id) {
      this.#sendAgain(message.client_msg_id);
    }
    this.#confirm();
    notices.forEach(this.#options.notify);
  }

  /** Let visitors see that what they wrote got here. */
  #confirm(): void {
    for (const conversation of Object.values(this.state.conversations)) {
      const { id, receivedTo, ending } = conversation;
      const seq = lastFromVisitor(conversation);
      if (!ending && seq > receivedTo && this.#socket.send({ type: 'received', conversation: id, seq })) {
        conversation.receivedTo = seq;
      }
    }
  }

  /** Send what a conversation did not take once more, and after it what was said since: in order. */
  #sendAgain(clientMessageId: string): void {
    const { id } = Object.values(this.state.conversations).find(holds(clientMessageId)) ?? {};
    if (id === undefined || this.#waiting.has(id)) {
      return;
    }
    this.#waiting.add(id);
    setTimeout(() => {
      this.#waiting.delete(id);
      for (const each of this.state.conversations[id]?.unacknowledged ?? []) {
        this.#socket.send(sayOf(id, each));
      }
    }, SEND_AGAIN_MS);
  }

  // -- typing

  #type(conversation: string): void {
    clearTimeout(this.#typingEnds);
    this.#typingEnds = setTimeout(() => this.#endTyping(), TYPING_EVERY_MS);
    if (this.#typingIn !== conversation) {
      this.#endTyping();
    } else if (Date.now() - this.#typingToldAt < TYPING_EVERY_MS) {
      return;
    }
    if (this.#socket.send({ type: 'typing', conversation, on: true })) {
      this.#typingIn = conversation;
      this.#typingToldAt = Date.now();
    }
  }

  #endTyping(): void {
    if (this.#typingIn !== null) {
      this.#socket.send({ type: 'typing', conversation: this.#typingIn, on: false });
      this.#typingIn = null;
    }
  }
}
