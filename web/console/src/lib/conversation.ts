// A conversation as this desk knows it, and what can be told from it. No socket and no screen here.
import type {
  Assigned,
  ConversationForAgent,
  ConversationState,
  MessageView,
  Named,
  Error as Refusal,
  VisitorCard,
} from '@router/protocol/agent';

export type StateName = ConversationState['state'];
export type ErrorCode = Refusal['code'];

/** A message of ours that the server has not acknowledged; `id` stays when it is sent again. */
export interface Unacknowledged {
  id: string;
  text: string;
  note: boolean;
  at: string;
}

export type Progress = 'sending' | 'stored' | 'delivered' | 'read';

/** How it ended for us: closed, or given to somebody else. `reason` is the server's word. */
export interface Ending {
  closed: boolean;
  reason: string | null;
  at: string;
}

/** How content the visitor is, from 1 to 5. */
export interface Rating {
  score: number;
  comment: string | null;
}

export interface Conversation {
  id: string;
  version: number;
  generation: string;
  state: StateName;
  rule: Named;
  campaign: Named;
  group: Named | null;
  card: VisitorCard;
  /** The visitor is connected. */
  here: boolean;
  messages: MessageView[];
  unacknowledged: Unacknowledged[];
  /** Up to which seq the visitor was told that her messages got here, and that they were read. */
  receivedTo: number;
  readTo: number;
  /** Up to which seq what we wrote reached the visitor, and was read. */
  deliveredTo: number;
  visitorReadTo: number;
  typing: { text: string | null } | null;
  ending: Ending | null;
  rating: Rating | null;
  /** Why the server refused the last thing that was asked for. */
  refusal: ErrorCode | null;
}

/** Make a conversation of what the server tells when it is ours. */
export function conversationOf(told: ConversationForAgent | Assigned): Conversation {
  return {
    id: 'type' in told ? told.conversation : told.id,
    version: told.version,
    generation: told.generation,
    state: 'type' in told ? 'assigned' : told.state,
    rule: told.rule,
    campaign: told.campaign,
    group: told.group,
    card: told.visitor,
    here: told.here,
    messages: told.messages,
    unacknowledged: [],
    receivedTo: 0,
    readTo: lastAnswer(told.messages),
    deliveredTo: 0,
    visitorReadTo: 0,
    typing: null,
    ending: null,
    rating: null,
    refusal: null,
  };
}

/** Take what the server tells of a conversation that was known: what only this desk knows is kept. */
export function refresh(known: Conversation, told: Conversation): void {
  const sameNumbers = known.generation === told.generation;
  const { unacknowledged, receivedTo, readTo, deliveredTo, visitorReadTo, card } = known;
  const messages = sameNumbers ? merged(known.messages, told.messages) : told.messages;
  Object.assign(known, told, { messages, unacknowledged });
  if (sameNumbers) {
    // What was answered elsewhere was read there.
    Object.assign(known, { receivedTo, readTo: Math.max(readTo, told.readTo), deliveredTo, visitorReadTo });
  }
  if (card.visit === told.card.visit && card.pages_viewed > told.card.pages_viewed) {
    known.card = card;
  }
  known.unacknowledged = unacknowledged.filter(({ id }) => !messages.some((each) => each.client_msg_id === id));
}

/** Both lists without repeats, in order; the new one alone when there is a gap between them. */
function merged(known: MessageView[], told: MessageView[]): MessageView[] {
  const first = told[0]?.seq ?? 0;
  if (first > lastSeq(known) + 1) {
    return told;
  }
  return [...known.filter(({ seq }) => seq < first), ...told, ...known.filter(({ seq }) => seq > lastSeq(told))];
}

/** Put a message in its place; false when it was there. */
export function insert(conversation: Conversation, message: MessageView): boolean {
  const { messages } = conversation;
  let index = messages.length;
  while (index > 0 && (messages[index - 1]?.seq ?? 0) > message.seq) {
    index -= 1;
  }
  if (messages[index - 1]?.seq === message.seq) {
    return false;
  }
  messages.splice(index, 0, message);
  return true;
}

export function lastSeq(messages: MessageView[]): number {
  return messages.at(-1)?.seq ?? 0;
}

function lastAnswer(messages: MessageView[]): number {
  return messages.findLast(isAnswer)?.seq ?? 0;
}

/** What a visitor waits for. Neither notes nor texts written in advance are one. */
function isAnswer({ from, note }: MessageView): boolean {
  return !note && (from === 'agent' || from === 'bot');
}

/** How far a message of ours came; null for what has no way to go. */
export function progressOf(message: MessageView, { visitorReadTo, deliveredTo }: Conversation): Progress | null {
  if (!isAnswer(message)) {
    return null;
  }
  if (message.seq <= visitorReadTo) {
    return 'read';
  }
  return message.seq <= deliveredTo ? 'delivered' : 'stored';
}

/** Since when the visitor waits for an answer: her first message that nothing answers. */
export function waitingSince(conversation: Conversation): string | null {
  if (conversation.ending) {
    return null;
  }
  const answered = lastAnswer(conversation.messages);
  return conversation.messages.find(({ seq, from }) => seq > answered && from === 'visitor')?.at ?? null;
}

export function unreadCount({ messages, readTo }: Conversation): number {
  return messages.filter(({ seq, from }) => from === 'visitor' && seq > readTo).length;
}

/** The seq up to which somebody who sees the end of the conversation has read. */
export function lastFromVisitor({ messages }: Conversation): number {
  return messages.findLast(({ from }) => from === 'visitor')?.seq ?? 0;
}

export function lastWords({ messages }: Conversation): MessageView | undefined {
  return messages.findLast(({ from, note }) => from !== 'system' && !note) ?? messages.at(-1);
}

/** Whoever waits longest comes first, then who spoke last, then what has ended. */
export function byWaiting(one: Conversation, other: Conversation): number {
  return rank(one) - rank(other) || compare(one, other);
}

function rank(conversation: Conversation): number {
  if (conversation.ending) {
    return 2;
  }
  return waitingSince(conversation) ? 0 : 1;
}

function compare(one: Conversation, other: Conversation): number {
  if (rank(one) === 0) {
    return instant(waitingSince(one)) - instant(waitingSince(other));
  }
  return instant(other.ending?.at ?? lastWords(other)?.at) - instant(one.ending?.at ?? lastWords(one)?.at);
}

function instant(at: string | null | undefined): number {
  return at ? Date.parse(at) : 0;
}
