// What this tab keeps over a reload: drafts, messages that were not acknowledged, and what was read of each conversation.
// It ends with the tab, and when the person logs out.
import type { Conversation, Unacknowledged } from './conversation.ts';
import type { Desk, Draft } from './desk.ts';

interface Kept {
  drafts: Record<string, Draft>;
  conversations: Record<string, KeptConversation>;
}

interface KeptConversation {
  generation: string;
  readTo: number;
  unacknowledged: Unacknowledged[];
}

const PREFIX = 'router.desk.';

/** Keep what the server does not know of a desk. */
export function keep(site: string, desk: Desk): void {
  const drafts = Object.entries(desk.drafts).filter(([, { text }]) => text !== '');
  const conversations = Object.values(desk.conversations).map(
    ({ id, generation, readTo, unacknowledged }) => [id, { generation, readTo, unacknowledged }] as const,
  );
  const kept: Kept = { drafts: Object.fromEntries(drafts), conversations: Object.fromEntries(conversations) };
  sessionStorage.setItem(PREFIX + site, JSON.stringify(kept));
}

/** Give a desk that has just been welcomed what was kept of it. */
export function putBack(site: string, desk: Desk): void {
  const text = sessionStorage.getItem(PREFIX + site);
  if (text === null) {
    return;
  }
  const kept: Kept = JSON.parse(text);
  desk.drafts = { ...kept.drafts, ...desk.drafts };
  for (const conversation of Object.values(desk.conversations)) {
    const before = kept.conversations[conversation.id];
    if (before?.generation === conversation.generation) {
      conversation.readTo = Math.max(conversation.readTo, before.readTo);
      conversation.unacknowledged = missing(before.unacknowledged, conversation);
    }
  }
}

/** Forget everything: somebody else may sit here next. */
export function forgetAll(): void {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) {
      sessionStorage.removeItem(key);
    }
  }
}

function missing(unacknowledged: Unacknowledged[], { messages }: Conversation): Unacknowledged[] {
  return unacknowledged.filter(({ id }) => !messages.some((message) => message.client_msg_id === id));
}
