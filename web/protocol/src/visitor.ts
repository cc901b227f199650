// Messages of the visitor socket, both directions.
// Generated from the Python structs: change those, then `make protocol`.

/**
 * What a visitor sends.
 */
export type FromVisitor =
  | Page
  | DataChanged
  | WindowResized
  | Shown
  | Dismiss
  | Engage
  | Say
  | OfflineForm
  | Typing
  | Received
  | Read
  | Rate
  | Leave
  | Transaction
  | Ping
  | Hello
  | Identify
  | Consent;
/**
 * What a visitor gets.
 */
export type ToVisitor =
  | Welcome
  | VisitBegan
  | Offer
  | Withdraw
  | ConversationState
  | SnapshotOnItsOwn
  | Ack
  | MessageToVisitor
  | OtherTyping
  | OtherDelivered
  | OtherRead
  | Seen
  | Resumed
  | Pong
  | Error;

/**
 * A page event: a load, or a navigation inside the page.
 */
export interface Page {
  type: 'page';
  id: string;
  url: string;
  title?: string | null;
  data?: {
    [k: string]: string | number | boolean | null;
  } | null;
}
/**
 * Custom data changed; null removes (W20).
 */
export interface DataChanged {
  type: 'data';
  values: {
    [k: string]: string | number | boolean | null;
  };
}
/**
 * The window has another size (W17, W18).
 */
export interface WindowResized {
  type: 'window';
  width: number;
  height: number;
}
/**
 * Receipt: the widget really displayed the engagement.
 */
export interface Shown {
  type: 'shown';
  engagement: string;
}
/**
 * The visitor closed or refused the engagement.
 */
export interface Dismiss {
  type: 'dismiss';
  engagement: string;
}
/**
 * The visitor clicked or accepted the engagement.
 */
export interface Engage {
  type: 'engage';
  engagement: string;
}
/**
 * A message of the visitor; the first one creates the conversation.
 */
export interface Say {
  type: 'say';
  client_msg_id: string;
  text: string;
  engagement?: string | null;
}
/**
 * A question left while nobody could answer.
 */
export interface OfflineForm {
  type: 'offline_form';
  client_msg_id: string;
  text: string;
  name?: string | null;
  email: string;
  engagement: string;
}
/**
 * The visitor types, or stopped.
 */
export interface Typing {
  type: 'typing';
  on: boolean;
  text?: string | null;
}
/**
 * Everything up to `seq` reached the visitor's screen.
 */
export interface Received {
  type: 'received';
  seq: number;
}
/**
 * Everything up to `seq` was read.
 */
export interface Read {
  type: 'read';
  seq: number;
}
/**
 * Satisfaction with a conversation (K1).
 */
export interface Rate {
  type: 'rate';
  conversation: string;
  score: number;
  comment?: string | null;
}
/**
 * The visitor ends the conversation.
 */
export interface Leave {
  type: 'leave';
}
/**
 * An order that the page reports.
 */
export interface Transaction {
  type: 'transaction';
  id: string;
  amount: Money;
}
/**
 * An amount in minor units of an ISO 4217 currency.
 */
export interface Money {
  amount: number;
  currency: string;
}
/**
 * Answered by `pong`.
 */
export interface Ping {
  type: 'ping';
}
/**
 * First message of a socket, within 5 s: what is fixed for the visit, and the page.
 */
export interface Hello {
  type: 'hello';
  visitor?: string | null;
  resume?: Resume | null;
  page: PageView;
  window: Window;
  language?: string | null;
  device?: Device | null;
  data?: {
    [k: string]: string | number | boolean | null;
  } | null;
  identity?: Identity | null;
  consent?: boolean;
  tab: string;
}
/**
 * Where the client's copy of a conversation ends, and what it sent without seeing an acknowledgement.
 */
export interface Resume {
  conversation: string;
  generation: string;
  seq: number;
  /**
   * @maxItems 100
   */
  unacked?: string[];
}
/**
 * A page: `id` is made by the client; the same one again, as after a reconnect, is no new page event.
 */
export interface PageView {
  id: string;
  url: string;
  referrer?: string | null;
  title?: string | null;
}
/**
 * Inner size of the browser window in CSS px (W17, W18).
 */
export interface Window {
  width: number;
  height: number;
}
/**
 * What the browser tells of the device beyond its user agent (W19).
 */
export interface Device {
  touch_points?: number;
  mobile?: boolean | null;
  platform?: string | null;
}
/**
 * The shop's own customer id, signed by the shop; `expires` in Unix seconds.
 */
export interface Identity {
  id: string;
  name?: string | null;
  email?: string | null;
  expires: number;
  hmac: string;
}
/**
 * The visitor logged in at the shop.
 */
export interface Identify {
  type: 'identify';
  identity: Identity;
}
/**
 * The visitor allowed or forbade that anything is kept.
 */
export interface Consent {
  type: 'consent';
  granted: boolean;
}
/**
 * Answer to `hello`.
 */
export interface Welcome {
  type: 'welcome';
  visitor: string;
  visit: string;
  worker: string;
  site: SiteForVisitor;
  conversation?: ConversationSnapshot | null;
}
/**
 * What the widget needs to know of the site; its texts are in `language`.
 *
 * `typing_preview`: agents may see what the visitor types. Where they may not it is not to be sent.
 */
export interface SiteForVisitor {
  name: string;
  languages: string[];
  language: string;
  typing_preview: boolean;
  templates: SiteTemplate[];
}
/**
 * A template in the visitor's language (A5).
 */
export interface SiteTemplate {
  id: string;
  kind: string;
  position?: string | null;
  format?: string | null;
  colour?: string | null;
  picture?: string | null;
  texts?: {
    [k: string]: string;
  };
}
/**
 * A conversation as the visitor sees it, with its last 200 messages. `expected_wait` is in whole seconds.
 */
export interface ConversationSnapshot {
  id: string;
  version: number;
  generation: string;
  state: 'assigned' | 'closed' | 'offline' | 'queued';
  last_seq: number;
  agent?: AgentView | null;
  position?: number | null;
  expected_wait?: number | null;
  messages: MessageView[];
}
/**
 * Who answers, as the visitor sees her.
 */
export interface AgentView {
  name: string;
  avatar?: string | null;
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
 * A new visit began on this socket.
 */
export interface VisitBegan {
  type: 'visit';
  visit: string;
}
/**
 * Show this; without a template there is the text alone.
 */
export interface Offer {
  type: 'offer';
  engagement: string;
  rule: string;
  action: 'button' | 'chatbox' | 'invitation' | 'message' | 'offline_form';
  template: string | null;
  text?: string | null;
}
/**
 * Show it no more.
 */
export interface Withdraw {
  type: 'withdraw';
  engagement: string;
  reason: string;
}
/**
 * How the visitor's conversation stands. `position` counts from 1, `expected_wait` is in whole seconds.
 *
 * Sent when state or assignment changed (with a new `version`), when position or expected wait did (`position`), and
 * when the agent's connection was lost (`agent_lost`) or came back in time (`agent_back`). Other reasons: why the
 * agent before has it no more (`no_answer`, `agent_lost`, `agent_away`, `transferred`, `taken`, `capacity`),
 * `reopened`, or who closed it (`visitor`, `visitor_gone`, the agent's id).
 */
export interface ConversationState {
  type: 'conversation';
  id: string;
  version: number;
  generation: string;
  state: 'assigned' | 'closed' | 'offline' | 'queued';
  last_seq: number;
  agent?: AgentView | null;
  position?: number | null;
  expected_wait?: number | null;
  reason?: string | null;
}
/**
 * A snapshot as a message of its own, when news were missed.
 */
export interface SnapshotOnItsOwn {
  type: 'conversation';
  id: string;
  version: number;
  generation: string;
  state: 'assigned' | 'closed' | 'offline' | 'queued';
  last_seq: number;
  agent?: AgentView | null;
  position?: number | null;
  expected_wait?: number | null;
  messages: MessageView[];
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
 * A message of the conversation, in order of `seq`.
 *
 * A number that is left out is no loss: agents' notes among themselves have one, too.
 */
export interface MessageToVisitor {
  type: 'message';
  conversation: string;
  seq: number;
  from: string;
  text: string;
  at: string;
  name?: string | null;
  client_msg_id?: string | null;
}
/**
 * The other side types, or stopped.
 */
export interface OtherTyping {
  type: 'typing';
  on: boolean;
}
/**
 * Everything up to `seq` reached the other side.
 */
export interface OtherDelivered {
  type: 'delivered';
  seq: number;
}
/**
 * Everything up to `seq` was read by the other side.
 */
export interface OtherRead {
  type: 'read';
  seq: number;
}
/**
 * The visitor read everything up to `seq` in another tab.
 */
export interface Seen {
  type: 'seen';
  seq: number;
}
/**
 * Answer to `hello.resume`: what was missed, or a snapshot when the numbers started anew.
 */
export interface Resumed {
  type: 'resumed';
  recovered: boolean;
  missed?: MessageView[] | null;
  conversation?: ConversationSnapshot | null;
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
