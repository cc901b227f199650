// What this tab keeps over a reload: drafts, messages that were not acknowledged, and what was read of each conversation.
// It is kept for one person. It ends with the tab, when she logs out, and when somebody else logs in.
import type { Conversation, Unacknowledged } from './conversation.ts';
import type { Desk } from './desk.ts';
import { type Draft, hasText, takeBack } from './drafts.ts';

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
export function keep(user: string, site: string, desk: Desk): void {
  const drafts = Object.entries(desk.drafts).filter(([, draft]) => hasText(draft));
  const conversations = Object.values(desk.conversations).map(
    ({ id, generation, readTo, unacknowledged }) => [id, { generation, readTo, unacknowledged }] as const,
  );
  const kept: Kept = { drafts: Object.fromEntries(drafts), conversations: Object.fromEntries(conversations) };
  sessionStorage.setItem(keyOf(user, site), JSON.stringify(kept));
}

/** Give a desk that has just been welcomed what was kept of it. */
export function putBack(user: string, site: string, desk: Desk): void {
  const text = sessionStorage.getItem(keyOf(user, site));
  if (text === null) {
    return;
  }
  const kept: Kept = JSON.parse(text);
  desk.drafts = { ...kept.drafts, ...desk.drafts };
  for (const [id, before] of Object.entries(kept.conversations)) {
    const conversation = desk.conversations[id];
    if (!conversation) {
      takeBack(desk, id, before.unacknowledged); // nobody can send it any more
      continue;
    }
    conversation.unacknowledged = missing(before.unacknowledged, conversation);
    if (before.generation === conversation.generation) {
      conversation.readTo = Math.max(conversation.readTo, before.readTo);
    }
  }
}

/** Forget everything: somebody else may sit here next. */
export function forgetAll(): void {
  forget(() => true);
}

/** Forget what anybody but this person has written here. */
export function forgetOthers(user: string): void {
  forget((key) => !key.startsWith(keyOf(user, '')));
}

function forget(isUnwanted: (key: string) => boolean): void {
  for (let index = sessionStorage.length - 1; index >= 0; index -= 1) {
    const key = sessionStorage.key(index);
    if (key?.startsWith(PREFIX) && isUnwanted(key)) {
      sessionStorage.removeItem(key);
    }
  }
}

function keyOf(user: string, site: string): string {
  return `${PREFIX}${user}.${site}`;
}

function missing(unacknowledged: Unacknowledged[], { messages }: Conversation): Unacknowledged[] {
  return unacknowledged.filter(({ id }) => !messages.some((message) => message.client_msg_id === id));
}
