// The state of a desk: everything that its screens show, and what it has to say after it was welcomed.
import type {
  Alert,
  CannedReplyView,
  Colleague,
  ConversationState,
  CustomDataView,
  FromAgent,
  MyStatus,
  Named,
  QueueOfGroup,
  Welcome,
} from '@router/protocol/agent';
import { type Conversation, type ErrorCode, lastSeq, type Unacknowledged } from './conversation.ts';
import { type Draft, takeBack } from './drafts.ts';

export interface Desk {
  me: Named | null;
  status: MyStatus['status'];
  reason: MyStatus['reason'];
  capacity: number;
  groups: Named[];
  siteGroups: Named[];
  cannedReplies: CannedReplyView[];
  customData: CustomDataView[];
  /** Those that are ours, and those that were until they are removed from the list. */
  conversations: Record<string, Conversation>;
  drafts: Record<string, Draft>;
  queues: QueueOfGroup[];
  colleagues: Colleague[];
  /** Every open conversation of the site, for managers who watch. */
  site: Record<string, ConversationState>;
  alerts: Alert[];
  /** Why the server refused what was asked for outside the conversations of the list. */
  refusal: ErrorCode | null;
}

/** What a person should notice. */
export interface Notice {
  kind: 'assigned' | 'message' | 'alert';
  conversation: string;
}

export function emptyDesk(): Desk {
  return {
    me: null,
    status: 'offline',
    reason: 'chosen',
    capacity: 0,
    groups: [],
    siteGroups: [],
    cannedReplies: [],
    customData: [],
    conversations: {},
    drafts: {},
    queues: [],
    colleagues: [],
    site: {},
    alerts: [],
    refusal: null,
  };
}

/** What is to be said after a welcome: how stand those that it does not hold, and what was never acknowledged. */
export function afterWelcome(desk: Desk, message: Welcome, watch: boolean): FromAgent[] {
  const held = new Set(message.conversations.map(({ id }) => id));
  const lost = mine(desk).filter(({ id }) => !held.has(id));
  const sent = Object.values(desk.conversations).flatMap(({ id, unacknowledged }) =>
    unacknowledged.map((each) => sayOf(id, each)),
  );
  return [
    ...(lost.length > 0 ? [resumeOf(lost)] : []),
    ...sent,
    ...(watch ? [{ type: 'visitors', watch } as const] : []),
  ];
}

export function resumeOf(conversations: Conversation[]): FromAgent {
  return {
    type: 'resume',
    conversations: conversations.map(({ id, generation, messages }) => ({ id, generation, seq: lastSeq(messages) })),
  };
}

export function sayOf(conversation: string, { id, text, note }: Unacknowledged): FromAgent {
  return { type: 'say', conversation, client_msg_id: id, text, note };
}

export function mine(desk: Desk): Conversation[] {
  return Object.values(desk.conversations).filter(({ ending }) => !ending);
}

/** Take a conversation off the list; what was written in it stays, sent or not. */
export function remove(desk: Desk, id: string): void {
  takeBack(desk, id, desk.conversations[id]?.unacknowledged ?? []);
  delete desk.conversations[id];
}
