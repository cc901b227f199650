// Bodies of the HTTP API.
// Generated from the Python structs: change those, then `make protocol`.

/**
 * What a condition asks of a value.
 */
export type Operator =
  | 'contains'
  | 'does_not_contain'
  | 'does_not_match_regex'
  | 'ends_with'
  | 'equal_to'
  | 'greater_than'
  | 'is_exactly'
  | 'is_not'
  | 'is_not_one_of'
  | 'is_one_of'
  | 'less_than'
  | 'matches_regex'
  | 'starts_with';
/**
 * What is known of a condition.
 */
export type Verdict = 'false' | 'true' | 'unknown';

/**
 * The process answers.
 */
export interface Liveness {
  status: 'ok';
  worker: string;
}
/**
 * Whether visitors may be sent here; `warnings` are sentences on what the store may lose.
 */
export interface Readiness {
  status: 'not ready' | 'ready';
  worker: string;
  store: 'not reachable' | 'reachable';
  draining: boolean;
  warnings: string[];
}
/**
 * Who is logged in, and the sites that she belongs to.
 */
export interface SessionView {
  user: UserView;
  sites: SiteOfUser[];
}
/**
 * A person who is logged in. `role` is the highest that she has in any site; null when she belongs to none.
 *
 * With `must_change_password` everything else is refused (403) until a one-time password is changed.
 */
export interface UserView {
  id: string;
  email: string;
  name: string;
  role: ('admin' | 'agent' | 'manager') | null;
  must_change_password: boolean;
}
/**
 * A site, and what the person may do there.
 */
export interface SiteOfUser {
  key: string;
  name: string;
  role: 'admin' | 'agent' | 'manager';
}
/**
 * The ticket, good once and for a minute.
 */
export interface TicketAnswer {
  ticket: string;
}
/**
 * The latest first; `next` is the `cursor` of those that follow.
 */
export interface ConversationList {
  items: ConversationSummary[];
  next: string | null;
}
/**
 * A conversation and what became of it; null is unknown, or not yet.
 *
 * `agent` is who holds it or had it last, `score` how content (1 to 5) the visitor was.
 */
export interface ConversationSummary {
  id: string;
  state: 'assigned' | 'closed' | 'offline' | 'queued';
  opened_at: string;
  ended_at: string | null;
  rule: Named;
  campaign: Named;
  group: Named | null;
  agent: Named | null;
  last_seq: number;
  score: number | null;
}
/**
 * Something with an id and a name.
 */
export interface Named {
  id: string;
  name: string;
}
/**
 * The same with the visitor as she was then, and the last 200 messages, notes among them.
 */
export interface ConversationDetail {
  id: string;
  state: 'assigned' | 'closed' | 'offline' | 'queued';
  opened_at: string;
  ended_at: string | null;
  rule: Named;
  campaign: Named;
  group: Named | null;
  agent: Named | null;
  last_seq: number;
  score: number | null;
  visitor: VisitorCard;
  messages: MessageView[];
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
 * What the rules see of a visit at an instant, and each rule's verdict, in order.
 */
export interface VisitExplanation {
  visit: string;
  tab: string;
  at: string;
  situation: Situation;
  rules: RuleExplanation[];
}
/**
 * The values of the criteria. None means unknown; durations are whole milliseconds; URLs have no fragment.
 */
export interface Situation {
  hour: number;
  weekday: number;
  time_on_page: number;
  time_on_site: number;
  since_last_visit?: number | null;
  previous_url?: string | null;
  page_url: string;
  pages_viewed: number;
  visits?: number | null;
  referrer?: string | null;
  search_keyword?: string | null;
  source_type?: string | null;
  previous_conversations?: number | null;
  city?: string | null;
  language?: string | null;
  country?: string | null;
  window_width?: number | null;
  window_height?: number | null;
  device_type?: string | null;
  data?: {
    [k: string]: string | number | boolean;
  };
}
/**
 * One rule. `outcome` is `shown`, `offered next`, `visit over`, or the first gate that is closed.
 */
export interface RuleExplanation {
  id: string;
  name: string;
  campaign: string;
  outcome?: string;
  conditions: ConditionExplanation[];
  gates: GateExplanation[];
}
/**
 * One condition against one situation. Durations are written with their unit, hours and weekdays by name.
 */
export interface ConditionExplanation {
  criterion: string;
  operator: Operator;
  expected: (string | number | boolean)[];
  actual: string | number | boolean | null;
  verdict: Verdict;
  holds: boolean;
}
/**
 * One gate: what it asks for, what is the case, and whether it is open (true).
 */
export interface GateExplanation {
  gate: string;
  expected: string;
  actual: string;
  verdict: Verdict;
}
/**
 * Who wants to log in.
 */
export interface LogIn {
  email: string;
  password: string;
}
/**
 * The present password, which may be a one-time password, and the one to come.
 */
export interface PasswordChange {
  old: string;
  new: string;
}
/**
 * For which site; may be left out where the person has one.
 */
export interface TicketRequest {
  site?: string | null;
}
/**
 * What went wrong (RFC 9457), naming every wrong field.
 */
export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  errors?: WrongField[];
}
/**
 * A field of a request and what is wrong with it.
 */
export interface WrongField {
  field: string;
  message: string;
}
