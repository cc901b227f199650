// What is written and not sent yet. A reply and a note are apart: no note may ever be read by a visitor.
import type { Conversation, Unacknowledged } from './conversation.ts';
import type { Desk } from './desk.ts';

export interface Draft {
  reply: string;
  note: string;
  /** The note is what is being written. */
  isNote: boolean;
}

export function emptyDraft(): Draft {
  return { reply: '', note: '', isNote: false };
}

/** Which of the two is being written. */
export function modeOf({ isNote }: { isNote: boolean }): 'reply' | 'note' {
  return isNote ? 'note' : 'reply';
}

export function hasText(draft: Draft | undefined): boolean {
  return draft !== undefined && (draft.reply !== '' || draft.note !== '');
}

/** Put what was not sent before what is being written, each in its own place. */
export function takeBack(desk: Desk, conversation: string, unsent: Unacknowledged[]): void {
  const draft = { ...(desk.drafts[conversation] ?? emptyDraft()) };
  for (const { text, note } of [...unsent].reverse()) {
    const isIdle = draft[modeOf(draft)] === '';
    const mode = modeOf({ isNote: note });
    draft[mode] = [text, draft[mode]].filter(Boolean).join('\n');
    draft.isNote = isIdle ? note : draft.isNote;
  }
  if (unsent.length > 0) {
    desk.drafts[conversation] = draft;
  }
}

/** Whether something that was written in a conversation is nowhere but here. */
export function hasUnsent(desk: Desk, { id, unacknowledged }: Conversation): boolean {
  return unacknowledged.length > 0 || hasText(desk.drafts[id]);
}

/** What was written in conversations that are not in the list any more. */
export function stranded(desk: Desk): { conversation: string; text: string }[] {
  return Object.entries(desk.drafts)
    .filter(([conversation]) => !desk.conversations[conversation])
    .map(([conversation, { reply, note }]) => ({ conversation, text: [reply, note].filter(Boolean).join('\n') }))
    .filter(({ text }) => text !== '');
}
