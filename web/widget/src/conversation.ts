// The visitor's conversation as this tab knows it: pure functions from what is known and a message to what is known then.
// Messages are told apart by `seq` within a generation; nothing here sends, draws or reads a clock.

import type {
  Ack,
  AgentView,
  ConversationSnapshot,
  ConversationState,
  MessageView,
  OfflineForm,
  Error as Refusal,
  Say,
  SnapshotOnItsOwn,
  ToVisitor,
} from '@router/protocol/visitor';

export interface Message {
  seq: number;
  from: string;
  text: string;
  at: string;
  name?: string | null | undefined;
}

/** What the visitor wrote and the server has not acknowledged. */
export interface Pending {
  message: Say | OfflineForm;
  at: string;
  /** Why the server refused it; it is sent again only when the visitor asks. */
  refused?: Refusal['code'];
}

export interface Conversation {
  id?: string | undefined;
  generation?: string | undefined;
  version: number;
  state: ConversationState['state'] | 'none';
  agent?: AgentView | null | undefined;
  position?: number | null | undefined;
  /** In seconds. */
  expected_wait?: number | null | undefined;
  reason?: string | null | undefined;
  messages: Message[];
  pending: Pending[];
  /** Messages up to this one were left out of the snapshot: they are no gap. */
  base: number;
  deliveredTo: number;
  readTo: number;
  /** What the visitor has read, in any tab. */
  seenTo: number;
  isTyping: boolean;
}

export type Mark = 'sending' | 'failed' | 'stored' | 'delivered' | 'read';

export const NOTHING: Conversation = {
  version: 0,
  state: 'none',
  messages: [],
  pending: [],
  base: 0,
  deliveredTo: 0,
  readTo: 0,
  seenTo: 0,
  isTyping: false,
};

/** What a state leaves out is no more. */
const SAID_ANEW = { agent: undefined, position: undefined, expected_wait: undefined, reason: undefined };

/** Whether somebody answers or is waited for. */
export function isOpen(conversation: Conversation): boolean {
  return conversation.state === 'queued' || conversation.state === 'assigned';
}

/** Whether it is over, or never came about because nobody could answer. */
export function hasEnded(conversation: Conversation): boolean {
  return conversation.state === 'closed' || conversation.state === 'offline';
}

/** Take a message of the server. */
export function take(conversation: Conversation, message: ToVisitor): Conversation {
  switch (message.type) {
    case 'welcome':
      return message.conversation ? takeSnapshot(conversation, message.conversation) : conversation;
    case 'conversation':
      return 'messages' in message ? takeSnapshot(conversation, message) : takeState(conversation, message);
    case 'resumed':
      if (message.recovered) return withMessages(conversation, message.missed ?? []);
      return message.conversation
        ? takeSnapshot(conversation, message.conversation)
        : { ...NOTHING, pending: conversation.pending };
    case 'message':
      return withMessages(about(conversation, message.conversation), [message]);
    case 'ack':
      return acknowledge(about(conversation, message.conversation), message);
    case 'error':
      return message.client_msg_id ? refuse(conversation, message.client_msg_id, message.code) : conversation;
    case 'typing':
      return { ...conversation, isTyping: message.on };
    case 'delivered':
      return { ...conversation, deliveredTo: Math.max(conversation.deliveredTo, message.seq) };
    case 'read':
      return { ...conversation, readTo: Math.max(conversation.readTo, message.seq) };
    case 'seen':
      return seen(conversation, message.seq);
    default:
      return conversation;
  }
}

export function idOf({ message }: Pending): string {
  return message.client_msg_id;
}

/** What was refused is to be sent once more. */
export function retry(conversation: Conversation, id: string): Conversation {
  const pending = conversation.pending.map((each) =>
    idOf(each) === id ? { message: each.message, at: each.at } : each,
  );
  return { ...conversation, pending };
}

/** The visitor read everything up to `seq`. */
export function seen(conversation: Conversation, seq: number): Conversation {
  return seq > conversation.seenTo ? { ...conversation, seenTo: seq } : conversation;
}

/** The end of what is known without a gap: what `resume` asks to go on from. */
export function lastKnown(conversation: Conversation): number {
  let last = conversation.base;
  for (const message of conversation.messages) {
    if (message.seq > last + 1) break;
    last = Math.max(last, message.seq);
  }
  return last;
}

/** Whether numbers start anew and nothing but a snapshot helps. */
export function isOutdated(conversation: Conversation, message: ToVisitor): boolean {
  return (
    message.type === 'conversation' &&
    !('messages' in message) &&
    message.id === conversation.id &&
    conversation.generation !== undefined &&
    message.generation !== conversation.generation
  );
}

/** Messages of the other side that the visitor has not seen. */
export function unread(conversation: Conversation): Message[] {
  return conversation.messages.filter((each) => each.seq > conversation.seenTo && isTheirs(each));
}

export function isTheirs(message: Pick<Message, 'from'>): boolean {
  return message.from !== 'visitor';
}

/** How far a message of the visitor's got; an answer tells that what stands before it was read. */
export function markOf(conversation: Conversation, seq: number): Mark {
  const { messages, readTo, deliveredTo } = conversation;
  const isAnswered = messages.some((each) => each.seq > seq && (each.from === 'agent' || each.from === 'bot'));
  if (isAnswered || seq <= readTo) return 'read';
  return seq <= deliveredTo ? 'delivered' : 'stored';
}

/** The conversation of that id: the known one, or a new one that takes its place. */
function about(conversation: Conversation, id: string): Conversation {
  return conversation.id === id ? conversation : { ...NOTHING, id, pending: conversation.pending };
}

/** Only one conversation of a visitor is open: one that is, is hers; news of another that is over are old. */
function isNews(conversation: Conversation, message: ConversationState | ConversationSnapshot): boolean {
  if (message.id === conversation.id) return message.version >= conversation.version;
  return message.state !== 'closed' && (!isOpen(conversation) || message.state !== 'offline');
}

function takeState(conversation: Conversation, message: ConversationState): Conversation {
  if (!isNews(conversation, message) || isOutdated(conversation, message)) return conversation;
  return { ...about(conversation, message.id), ...SAID_ANEW, ...message, isTyping: false };
}

function takeSnapshot(conversation: Conversation, snapshot: ConversationSnapshot | SnapshotOnItsOwn): Conversation {
  if (snapshot.id !== conversation.id && !isNews(conversation, snapshot)) return conversation;
  const isSame = snapshot.id === conversation.id && snapshot.generation === conversation.generation;
  const known = isSame ? conversation : { ...NOTHING, pending: conversation.pending };
  const first = snapshot.messages[0]?.seq ?? 1;
  const base = isSame ? conversation.base : first - 1;
  const { messages } = known;
  return withMessages({ ...known, ...SAID_ANEW, ...snapshot, messages, base }, snapshot.messages);
}

function withMessages(conversation: Conversation, views: MessageView[]): Conversation {
  const bySeq = new Map(conversation.messages.map((each) => [each.seq, each]));
  for (const view of views) bySeq.set(view.seq, view);
  const arrived = new Set(views.map((each) => each.client_msg_id));
  return {
    ...conversation,
    messages: [...bySeq.values()].sort((one, other) => one.seq - other.seq),
    pending: conversation.pending.filter((each) => !arrived.has(idOf(each))),
    // Whoever writes has read what stood before.
    seenTo: Math.max(conversation.seenTo, ...views.filter((each) => !isTheirs(each)).map((each) => each.seq)),
    isTyping: conversation.isTyping && !views.some(isTheirs),
  };
}

function acknowledge(conversation: Conversation, ack: Ack): Conversation {
  const written = conversation.pending.find((each) => idOf(each) === ack.client_msg_id);
  if (written === undefined) return conversation;
  const { message, at } = written;
  const text = message.type === 'say' ? message.text : `${message.email}\n${message.text}`;
  return withMessages(conversation, [{ seq: ack.seq, from: 'visitor', text, at, client_msg_id: ack.client_msg_id }]);
}

function refuse(conversation: Conversation, id: string, code: Refusal['code']): Conversation {
  if (code === 'retry' || code === 'rate_limited') return conversation;
  const pending = conversation.pending.map((each) => (idOf(each) === id ? { ...each, refused: code } : each));
  return { ...conversation, pending };
}
