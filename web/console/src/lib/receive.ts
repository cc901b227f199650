// How each message of the server changes a desk. It changes in place, so that the screen's proxies see exactly what did;
// the same functions work on plain objects.
import type {
  ConversationState,
  MessageView,
  Error as Refusal,
  Resumed,
  ToAgent,
  VisitorChanged,
  Welcome,
} from '@router/protocol/agent';
import {
  type Conversation,
  conversationOf,
  type Ending,
  insert,
  lastFromVisitor,
  lastSeq,
  refresh,
} from './conversation.ts';
import { type Desk, type Notice, remove } from './desk.ts';
import { hasUnsent, takeBack } from './drafts.ts';

/** Conversations that ended and stay in the list. */
const ENDED_SHOWN = 20;

/** Take one message; `now` is an instant of the wire. Returns what a person should notice. */
export function receive(desk: Desk, message: ToAgent, now: string): Notice[] {
  switch (message.type) {
    case 'welcome':
      return welcome(desk, message);
    case 'assigned':
      learn(desk, conversationOf(message));
      return [{ kind: 'assigned', conversation: message.conversation }];
    case 'resumed':
      return resumed(desk, message);
    case 'message':
      return said(desk, message.conversation, message);
    case 'alert':
      settle(desk, message.conversation);
      desk.alerts.push(message);
      return [{ kind: 'alert', conversation: message.conversation }];
    default:
      follow(desk, message, now);
      return [];
  }
}

type Noticed = Extract<ToAgent, { type: 'welcome' | 'assigned' | 'resumed' | 'message' | 'alert' }>;

/** Take a message that nobody need notice: the screen shows what it changes. */
function follow(desk: Desk, message: Exclude<ToAgent, Noticed>, now: string): void {
  switch (message.type) {
    case 'unassigned': {
      const conversation = desk.conversations[message.conversation];
      if (conversation && message.version >= conversation.version) {
        conversation.version = message.version;
        end(desk, conversation, { closed: false, reason: message.reason, at: now });
      }
      return;
    }
    case 'conversation':
      restate(desk, message, now);
      return;
    case 'ack':
      acknowledged(desk, message.conversation, message.client_msg_id, message.seq);
      return;
    case 'status':
      desk.status = message.status;
      desk.reason = message.reason;
      desk.capacity = message.capacity;
      return;
    case 'queue':
      desk.queues = message.groups;
      return;
    case 'colleagues':
      desk.colleagues = message.colleagues;
      return;
    case 'visitor':
      moved(desk, message);
      return;
    case 'error':
      refused(desk, message, now);
      return;
    case 'typing':
      update(desk, message.conversation, (conversation) => {
        conversation.typing = message.on ? { text: message.text ?? null } : null;
      });
      return;
    case 'delivered':
      update(desk, message.conversation, (conversation) => {
        conversation.deliveredTo = Math.max(conversation.deliveredTo, message.seq);
      });
      return;
    case 'read':
      update(desk, message.conversation, (conversation) => {
        conversation.visitorReadTo = Math.max(conversation.visitorReadTo, message.seq);
      });
      return;
    case 'seen':
      update(desk, message.conversation, (conversation) => {
        conversation.readTo = Math.max(conversation.readTo, message.seq);
      });
      return;
    case 'rated':
      update(desk, message.conversation, (conversation) => {
        conversation.rating = { score: message.score, comment: message.comment ?? null };
      });
      return;
    case 'pong':
      return;
  }
}

// -- one message each

/** After the first welcome the list itself is new; after a later one, what came while the connection was lost. */
function welcome(desk: Desk, message: Welcome): Notice[] {
  const isFirst = desk.me === null;
  desk.me = message.agent;
  desk.status = message.status;
  desk.reason = message.reason;
  desk.capacity = message.capacity;
  desk.groups = message.groups;
  desk.siteGroups = message.site_groups;
  desk.cannedReplies = message.canned_replies;
  desk.customData = message.custom_data;
  desk.site = {};
  const notices = message.conversations.flatMap((told) => learn(desk, conversationOf(told)));
  return isFirst ? [] : notices;
}

/** Take a conversation of ours as it stands now. Returns what is new about it. */
function learn(desk: Desk, told: Conversation): Notice[] {
  const known = desk.conversations[told.id];
  const isNew = !known || known.ending !== null;
  const knownTo = known?.generation === told.generation ? lastSeq(known.messages) : 0;
  if (known) {
    refresh(known, told);
  } else {
    desk.conversations[told.id] = told;
  }
  delete desk.site[told.id];
  settle(desk, told.id);
  if (isNew) {
    return [{ kind: 'assigned', conversation: told.id }];
  }
  return lastFromVisitor(told) > knownTo ? [{ kind: 'message', conversation: told.id }] : [];
}

/** Somebody looks after a conversation, or it is over: no alert about it is of use any more. */
function settle(desk: Desk, id: string): void {
  desk.alerts = desk.alerts.filter(({ conversation }) => conversation !== id);
}

function restate(desk: Desk, message: ConversationState, now: string): void {
  const isOpen = message.state === 'queued' || message.state === 'assigned';
  const isMine = isOpen && message.agent?.id === desk.me?.id;
  const known = desk.conversations[message.conversation];
  if (known && message.version >= known.version) {
    known.version = message.version;
    known.state = message.state;
    known.group = message.group ?? known.group;
    if (!isMine && !known.ending) {
      end(desk, known, { closed: !isOpen, reason: message.reason ?? null, at: now });
    }
  }
  if (!isOpen) {
    settle(desk, message.conversation);
    delete desk.site[message.conversation];
  } else if (!isMine && message.version >= (desk.site[message.conversation]?.version ?? 0)) {
    desk.site[message.conversation] = message;
  }
}

function end(desk: Desk, conversation: Conversation, ending: Ending): void {
  conversation.ending = ending;
  conversation.typing = null;
  if (ending.closed) {
    conversation.state = 'closed';
  }
  const ended = Object.values(desk.conversations).filter((each) => each.ending && !hasUnsent(desk, each));
  const oldest = ended.sort((one, other) => (one.ending?.at ?? '').localeCompare(other.ending?.at ?? ''));
  for (const each of oldest.slice(0, -ENDED_SHOWN)) {
    remove(desk, each.id);
  }
}

function said(desk: Desk, id: string, message: MessageView): Notice[] {
  const conversation = desk.conversations[id];
  if (!conversation) {
    return [];
  }
  forgetUnacknowledged(conversation, message.client_msg_id);
  if (!insert(conversation, message) || message.from !== 'visitor') {
    return [];
  }
  conversation.typing = null;
  return [{ kind: 'message', conversation: id }];
}

function acknowledged(desk: Desk, id: string, clientMessageId: string, seq: number): void {
  const conversation = desk.conversations[id];
  const sent = conversation?.unacknowledged.find((each) => each.id === clientMessageId);
  if (conversation && sent) {
    const { text, note, at } = sent;
    const name = desk.me?.name ?? null;
    insert(conversation, { seq, from: 'agent', name, text, note, at, client_msg_id: clientMessageId });
    forgetUnacknowledged(conversation, clientMessageId);
    conversation.refusal = null;
  }
}

function forgetUnacknowledged(conversation: Conversation, clientMessageId: string | null | undefined): void {
  conversation.unacknowledged = conversation.unacknowledged.filter(({ id }) => id !== clientMessageId);
}

/** What was missed, or the whole conversation when its numbers started anew. */
function resumed(desk: Desk, { conversation, missed }: Resumed): Notice[] {
  if (typeof conversation === 'string') {
    return (missed ?? []).flatMap((message) => said(desk, conversation, message)).slice(-1); // one for all of them
  }
  return conversation ? learn(desk, conversationOf(conversation)) : [];
}

function moved(desk: Desk, { conversation: id, what, visitor }: VisitorChanged): void {
  const conversation = desk.conversations[id ?? ''];
  if (!conversation) {
    return;
  }
  conversation.here = what !== 'left';
  if (!conversation.here) {
    conversation.typing = null;
  }
  if (visitor) {
    conversation.card = visitor;
  }
}

/** A message that was refused goes back to where it was written: nothing that somebody typed is lost. */
function refused(desk: Desk, message: Refusal, now: string): void {
  const { conversation: id, client_msg_id: clientMessageId, code, field } = message;
  if (clientMessageId && code === 'retry') {
    return; // it stays unacknowledged, and is sent again
  }
  const conversation = desk.conversations[id ?? ''];
  if (!conversation) {
    desk.refusal = code;
    return;
  }
  conversation.refusal = code;
  const unsent = conversation.unacknowledged.find((each) => each.id === clientMessageId);
  if (unsent) {
    takeBack(desk, conversation.id, [unsent]);
    forgetUnacknowledged(conversation, unsent.id);
  }
  if (code === 'not_found' && !field && !conversation.ending) {
    end(desk, conversation, { closed: false, reason: null, at: now });
  }
}

function update(desk: Desk, id: string, change: (conversation: Conversation) => void): void {
  const conversation = desk.conversations[id];
  if (conversation) {
    change(conversation);
  }
}
