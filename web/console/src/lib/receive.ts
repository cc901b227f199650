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
import { type Conversation, conversationOf, type Ending, insert, refresh } from './conversation.ts';
import { type Desk, type Notice, remove } from './desk.ts';

/** Pages of a visit that the card shows. */
const TRAIL_PAGES = 20;

/** Conversations that ended and stay in the list. */
const ENDED_SHOWN = 20;

/** Take one message; `now` is an instant of the wire. Returns what a person should notice. */
export function receive(desk: Desk, message: ToAgent, now: string): Notice | null {
  switch (message.type) {
    case 'welcome':
      welcome(desk, message);
      return null;
    case 'assigned':
      learn(desk, conversationOf(message));
      return { kind: 'assigned', conversation: message.conversation };
    case 'unassigned': {
      const conversation = desk.conversations[message.conversation];
      if (conversation && message.version >= conversation.version) {
        conversation.version = message.version;
        end(desk, conversation, { closed: false, reason: message.reason, at: now });
      }
      return null;
    }
    case 'conversation':
      restate(desk, message, now);
      return null;
    case 'message':
      return said(desk, message.conversation, message);
    case 'ack':
      acknowledged(desk, message.conversation, message.client_msg_id, message.seq);
      return null;
    case 'resumed':
      resumed(desk, message);
      return null;
    case 'status':
      desk.status = message.status;
      desk.reason = message.reason;
      desk.capacity = message.capacity;
      return null;
    case 'queue':
      desk.queues = message.groups;
      return null;
    case 'colleagues':
      desk.colleagues = message.colleagues;
      return null;
    case 'visitor':
      moved(desk, message, now);
      return null;
    case 'alert':
      desk.alerts.push(message);
      return { kind: 'alert', conversation: message.conversation };
    case 'error':
      refused(desk, message, now);
      return null;
    case 'typing':
      update(desk, message.conversation, (conversation) => {
        conversation.typing = message.on ? { text: message.text ?? null, at: now } : null;
      });
      return null;
    case 'delivered':
      update(desk, message.conversation, (conversation) => {
        conversation.deliveredTo = Math.max(conversation.deliveredTo, message.seq);
      });
      return null;
    case 'read':
      update(desk, message.conversation, (conversation) => {
        conversation.visitorReadTo = Math.max(conversation.visitorReadTo, message.seq);
      });
      return null;
    case 'seen':
      update(desk, message.conversation, (conversation) => {
        conversation.readTo = Math.max(conversation.readTo, message.seq);
      });
      return null;
    case 'rated':
      update(desk, message.conversation, (conversation) => {
        conversation.rating = { score: message.score, comment: message.comment ?? null };
      });
      return null;
    case 'pong':
      return null;
  }
}

// -- one message each

function welcome(desk: Desk, message: Welcome): void {
  desk.me = message.agent;
  desk.status = message.status;
  desk.reason = message.reason;
  desk.capacity = message.capacity;
  desk.groups = message.groups;
  desk.siteGroups = message.site_groups;
  desk.cannedReplies = message.canned_replies;
  desk.customData = message.custom_data;
  desk.site = {};
  for (const told of message.conversations) {
    learn(desk, conversationOf(told));
  }
}

function learn(desk: Desk, told: Conversation): void {
  const known = desk.conversations[told.id];
  if (known) {
    refresh(known, told);
  } else {
    desk.conversations[told.id] = told;
  }
  delete desk.site[told.id];
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
  const ended = Object.values(desk.conversations).filter((each) => each.ending);
  const oldest = ended.sort((one, other) => (one.ending?.at ?? '').localeCompare(other.ending?.at ?? ''));
  for (const each of oldest.slice(0, -ENDED_SHOWN)) {
    remove(desk, each.id);
  }
}

function said(desk: Desk, id: string, message: MessageView): Notice | null {
  const conversation = desk.conversations[id];
  if (!conversation) {
    return null;
  }
  forgetUnacknowledged(conversation, message.client_msg_id);
  if (!insert(conversation, message)) {
    return null;
  }
  if (message.from !== 'visitor') {
    return null;
  }
  conversation.typing = null;
  return { kind: 'message', conversation: id };
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
function resumed(desk: Desk, { conversation, missed }: Resumed): void {
  if (typeof conversation === 'string') {
    for (const message of missed ?? []) {
      said(desk, conversation, message);
    }
  } else if (conversation) {
    learn(desk, conversationOf(conversation));
  }
}

function moved(desk: Desk, { conversation: id, what, page }: VisitorChanged, now: string): void {
  const conversation = desk.conversations[id ?? ''];
  if (!conversation) {
    return;
  }
  conversation.here = what !== 'left';
  if (!conversation.here) {
    conversation.typing = null;
  }
  if (what === 'page' && page) {
    const { card } = conversation;
    card.page = { url: page.url, since: now };
    card.pages_viewed = page.pages_viewed;
    card.pages = [...card.pages, page.url].slice(-TRAIL_PAGES);
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
    const written = desk.drafts[conversation.id]?.text;
    desk.drafts[conversation.id] = { text: [unsent.text, written].filter(Boolean).join('\n'), note: unsent.note };
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
