// Messages of the agent socket, both directions.
// Generated from the Python structs: change those, then `make protocol`.

/**
 * What an agent sends.
 */
export type FromAgent = SetStatus | Say | Typing | Received | Read | Close | Transfer | Take | Resume | Visitors | Ping;
/**
 * What an agent gets.
 */
export type ToAgent =
  | Welcome
  | Assigned
  | Unassigned
  | ConversationState
  | MessageToAgent
  | Ack
  | OtherTyping
  | OtherDelivered
  | OtherRead
  | Seen
  | Resumed
  | MyStatus
  | Queue
  | Colleagues
  | VisitorChanged
  | Rated
  | Alert
  | Pong
  | Error;

/**
 * The agent's choice; `active`, alone or with it, is a sign of life of the person: a key or a click (R11).
 */
export interface SetStatus {
  type: 'status';
  status?: ('away' | 'offline' | 'online') | null;
  capacity?: number | null;
  active?: boolean | null;
}
/**
 * A message to the visitor, or an internal note.
 */
export interface Say {
  type: 'say';
  conversation: string;
  client_msg_id: string;
  text: string;
  note?: boolean;
}
/**
 * The agent types, or stopped.
 */
export interface Typing {
  type: 'typing';
  conversation: string;
  on: boolean;
}
/**
 * Everything up to `seq` reached a device of the agent.
 */
export interface Received {
  type: 'received';
  conversation: string;
  seq: number;
}
/**
 * The agent read everything up to `seq`.
 */
export interface Read {
  type: 'read';
  conversation: string;
  seq: number;
}
/**
 * End the conversation that was seen in this version.
 */
export interface Close {
  type: 'close';
  conversation: string;
  version: number;
  outcome?: ('resolved' | 'sale' | 'spam' | 'unresolved') | null;
}
/**
 * Hand the conversation that was seen in this version to an agent who is free, or to a group (R9).
 */
export interface Transfer {
  type: 'transfer';
  conversation: string;
  version: number;
  to: Recipient;
}
/**
 * To whom a conversation is handed: exactly one of the two.
 */
export interface Recipient {
  agent?: string | null;
  group?: string | null;
}
/**
 * Take over the conversation that was seen in this version (manager).
 */
export interface Take {
  type: 'take';
  conversation: string;
  version: number;
}
/**
 * Send what was missed in these conversations; of those that are not mine any more, how they stand.
 */
export interface Resume {
  type: 'resume';
  /**
   * @maxItems 1000
   */
  conversations: Place[];
}
/**
 * Where a conversation stood in the agent's copy.
 */
export interface Place {
  id: string;
  generation: string;
  seq: number;
}
/**
 * Watch the live visitors of the site (manager).
 *
 * Answered by how every open conversation stands; their changes follow.
 */
export interface Visitors {
  type: 'visitors';
  watch: boolean;
}
/**
 * Answered by `pong`.
 */
export interface Ping {
  type: 'ping';
}
/**
 * First message to an agent. `groups` are hers, `site_groups` all to which a conversation can be transferred.
 */
export interface Welcome {
  type: 'welcome';
  agent: Named;
  worker: string;
  groups: GroupView[];
  site_groups: GroupView[];
  status: 'away' | 'offline' | 'online';
  reason: 'chosen' | 'inactive' | 'missed';
  capacity: number;
  canned_replies: CannedReplyView[];
  custom_data: CustomDataView[];
  conversations: ConversationForAgent[];
}
/**
 * Something with an id and a name.
 */
export interface Named {
  id: string;
  name: string;
}
/**
 * A routing group of the agent.
 */
export interface GroupView {
  id: string;
  name: string;
}
/**
 * A text inserted by its shortcut.
 */
export interface CannedReplyView {
  shortcut: string;
  texts: {
    [k: string]: string;
  };
}
/**
 * How a name of the visitor's custom data is shown: its label by language, and the unit of its numbers.
 */
export interface CustomDataView {
  name: string;
  label: {
    [k: string]: string;
  };
  unit: string | null;
}
/**
 * A conversation with all that the agent sees of it (R6), with its last 200 messages.
 *
 * `here` tells whether the visitor is connected.
 */
export interface ConversationForAgent {
  id: string;
  version: number;
  generation: string;
  state: 'assigned' | 'closed' | 'offline' | 'queued';
  last_seq: number;
  rule: Named;
  campaign: Named;
  group: Named | null;
  visitor: VisitorCard;
  here: boolean;
  messages: MessageView[];
  assigned_because: string | null;
}
/**
 * The visitor as she is known at that moment; null is unknown. `customer` is the id that the shop signed.
 *
 * `pages` are the last ones of the visit, the present one included, the oldest first.
 */
export interface VisitorCard {
  id: string;
  visit: string;
  name: string | null;
  customer: string | null;
  page: PageNow;
  pages: string[];
  pages_viewed: number;
  visit_started: string;
  visits: number | null;
  previous_conversations: number | null;
  country: string | null;
  city: string | null;
  language: string | null;
  device_type: string | null;
  referrer: string | null;
  search_keyword: string | null;
  source_type: string | null;
  window: WindowSize;
  data: {
    [k: string]: string | number | boolean;
  };
}
/**
 * The page that the visitor views, and since when.
 */
export interface PageNow {
  url: string;
  since: string;
}
/**
 * Inner size of the browser window in CSS px.
 */
export interface WindowSize {
  width: number | null;
  height: number | null;
}
/**
 * A message as either side sees it.
 */
export interface MessageView {
  seq: number;
  from: string;
  text: string;
  at: string;
  name?: string | null;
  client_msg_id?: string | null;
  note?: boolean;
}
/**
 * A conversation is yours.
 */
export interface Assigned {
  type: 'assigned';
  conversation: string;
  version: number;
  generation: string;
  rule: Named;
  campaign: Named;
  group: Named | null;
  visitor: VisitorCard;
  here: boolean;
  messages: MessageView[];
  assigned_because: string | null;
}
/**
 * A conversation is yours no more.
 *
 * Reasons: `no_answer` in time, `agent_lost` (your connection was), `agent_away`, `transferred`, `taken`, `capacity`
 * (it was idle, and all your places were taken when the visitor wrote again), `reassigned` (you missed why).
 */
export interface Unassigned {
  type: 'unassigned';
  conversation: string;
  version: number;
  reason: string;
}
/**
 * State of a conversation that is yours, or that you watch; after a `conflict`, what you did not know.
 *
 * `id` is as visitors get it, `conversation` as in all else that agents get; `agent` is who holds it. What is not
 * known is left out: `visitor_name`, and `waiting_since` when it does not wait.
 */
export interface ConversationState {
  type: 'conversation';
  id: string;
  conversation: string;
  version: number;
  generation: string;
  state: 'assigned' | 'closed' | 'offline' | 'queued';
  last_seq: number;
  agent?: Named | null;
  group?: Named | null;
  reason?: string | null;
  visitor_name?: string | null;
  waiting_since?: string | null;
}
/**
 * A message of a conversation, in order of `seq`.
 */
export interface MessageToAgent {
  type: 'message';
  conversation: string;
  seq: number;
  from: string;
  text: string;
  at: string;
  name?: string | null;
  client_msg_id?: string | null;
  note?: boolean;
}
/**
 * Stored durably.
 */
export interface Ack {
  type: 'ack';
  client_msg_id: string;
  conversation: string;
  seq: number;
}
/**
 * The visitor types, or stopped; with the text where the site allows the preview.
 */
export interface OtherTyping {
  type: 'typing';
  conversation: string;
  on: boolean;
  text?: string | null;
}
/**
 * Everything up to `seq` reached the visitor's screen.
 */
export interface OtherDelivered {
  type: 'delivered';
  conversation: string;
  seq: number;
}
/**
 * The visitor read everything up to `seq`.
 */
export interface OtherRead {
  type: 'read';
  conversation: string;
  seq: number;
}
/**
 * You read everything up to `seq` on another of your devices.
 */
export interface Seen {
  type: 'seen';
  conversation: string;
  seq: number;
}
/**
 * What was missed of one conversation, or a snapshot when the numbers started anew.
 */
export interface Resumed {
  type: 'resumed';
  recovered: boolean;
  missed?: MessageView[] | null;
  conversation?: string | ConversationForAgent | null;
}
/**
 * My status, changed by me on any device or by the server.
 *
 * Reasons: `chosen` by me; away because I was `inactive` for long, or `missed` too many conversations in a row.
 */
export interface MyStatus {
  type: 'status';
  status: 'away' | 'offline' | 'online';
  capacity: number;
  reason: 'chosen' | 'inactive' | 'missed';
}
/**
 * The lines of my groups; of all groups, for a manager.
 */
export interface Queue {
  type: 'queue';
  groups: QueueOfGroup[];
}
/**
 * How a group stands: seconds that the first has waited, agents online, free places.
 */
export interface QueueOfGroup {
  id: string;
  waiting: number;
  longest_wait: number;
  online: number;
  free: number;
}
/**
 * Everybody who can be handed a conversation.
 */
export interface Colleagues {
  type: 'colleagues';
  colleagues: Colleague[];
}
/**
 * Another agent of the site.
 */
export interface Colleague {
  id: string;
  name: string;
  status: 'away' | 'offline' | 'online';
  free: number;
  groups: string[];
}
/**
 * A live change of an assigned or watched visitor; `visitor` says who she is now, where she has a conversation.
 */
export interface VisitorChanged {
  type: 'visitor';
  conversation?: string | null;
  visit: string;
  what: 'back' | 'data' | 'left' | 'page';
  page?: PageViewed | null;
  visitor?: VisitorCard | null;
}
/**
 * A page that the visitor came to, and how many of the visit that makes.
 */
export interface PageViewed {
  url: string;
  pages_viewed: number;
}
/**
 * The visitor told how content (1 to 5) she is with a conversation that you had.
 */
export interface Rated {
  type: 'rated';
  conversation: string;
  score: number;
  comment?: string | null;
}
/**
 * Something that managers should look at: `nobody_answered` (all who are online let a conversation pass).
 */
export interface Alert {
  type: 'alert';
  code: 'nobody_answered';
  conversation: string;
  message: string;
}
/**
 * Answer to `ping`.
 */
export interface Pong {
  type: 'pong';
}
/**
 * What was wrong with a message, and the conversation that it was about; the connection stays open.
 */
export interface Error {
  type: 'error';
  code:
    | 'bad_message'
    | 'closed'
    | 'conflict'
    | 'forbidden'
    | 'full'
    | 'no_rule'
    | 'not_available'
    | 'not_found'
    | 'rate_limited'
    | 'retry'
    | 'too_long'
    | 'unknown_type';
  message: string;
  field?: string | null;
  client_msg_id?: string | null;
  conversation?: string | null;
}
