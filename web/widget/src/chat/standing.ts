// Where the conversation stands, in words for the visitor.

import { type Conversation, isOpen } from '../conversation.ts';
import type { Texts } from '../texts.ts';

const MINUTE_SECONDS = 60;

/** One or two short sentences; empty while there is nothing to say. */
export function standingOf(conversation: Conversation, isConnected: boolean, texts: Texts): string {
  const { state, agent, reason } = conversation;
  if (!isConnected && (isOpen(conversation) || conversation.pending.length > 0)) return texts.connecting;
  switch (state) {
    case 'queued':
      return [
        reason && reason !== 'position' && reason !== 'reopened' ? texts.lookingForAnother : texts.looking,
        ...lineOf(conversation, texts),
      ].join(' ');
    case 'assigned':
      if (!agent) return '';
      return reason === 'agent_lost' ? texts.lost(agent.name) : texts.withYou(agent.name);
    case 'closed':
      return texts.ended;
    case 'offline':
      return texts.nobody;
    case 'none':
      return '';
  }
}

function lineOf({ position, expected_wait: seconds }: Conversation, texts: Texts): string[] {
  const said: string[] = [];
  if (position) said.push(texts.position(position));
  if (seconds != null) said.push(texts.wait(Math.ceil(seconds / MINUTE_SECONDS)));
  return said;
}
