// Messages of the server as tests need them.
import type { Assigned, ConversationForAgent, MessageView, VisitorCard, Welcome } from '@router/protocol/agent';
import { type Desk, emptyDesk } from '../src/lib/desk.ts';
import { receive } from '../src/lib/receive.ts';

export const NOW = '2026-11-22T14:02:00.000Z';

export function at(minute: number): string {
  return new Date(Date.parse(NOW) + minute * 60_000).toISOString();
}

export function message(
  seq: number,
  from: string,
  text = `words ${seq}`,
  more: Partial<MessageView> = {},
): MessageView {
  return { seq, from, text, at: at(seq), ...more };
}

const CARD: VisitorCard = {
  id: 'visitor-1',
  visit: 'visit-1',
  name: 'Léa',
  customer: null,
  page: { url: 'https://shop.example/contact', since: NOW },
  pages: ['https://shop.example/contact'],
  pages_viewed: 1,
  visit_started: NOW,
  visits: 1,
  previous_conversations: 0,
  country: 'FR',
  city: 'Lyon',
  language: 'fr',
  device_type: 'mobile',
  referrer: null,
  search_keyword: null,
  source_type: 'direct',
  window: { width: 390, height: 844 },
  data: {},
};

export function held(
  id: string,
  messages: MessageView[],
  more: Partial<ConversationForAgent> = {},
): ConversationForAgent {
  return {
    id,
    version: 1,
    generation: 'g1',
    state: 'assigned',
    last_seq: messages.length,
    rule: { id: 'rule-1', name: 'Contact page' },
    campaign: { id: 'campaign-1', name: 'After sales' },
    group: null,
    visitor: structuredClone(CARD),
    here: true,
    messages,
    assigned_because: null,
    ...more,
  };
}

export function assigned(id: string, messages: MessageView[], more: Partial<ConversationForAgent> = {}): Assigned {
  const { id: conversation, state: _state, last_seq: _lastSeq, ...rest } = held(id, messages, more);
  return { type: 'assigned', conversation, ...rest };
}

export function welcome(...conversations: ConversationForAgent[]): Welcome {
  return {
    type: 'welcome',
    agent: { id: 'ana', name: 'Ana' },
    worker: 'worker-1',
    groups: [],
    site_groups: [],
    status: 'online',
    reason: 'chosen',
    capacity: 3,
    canned_replies: [],
    custom_data: [],
    conversations,
  };
}

/** A desk that has been welcomed with these conversations. */
export function deskWith(...conversations: ConversationForAgent[]): Desk {
  const desk = emptyDesk();
  receive(desk, welcome(...conversations), NOW);
  return desk;
}
