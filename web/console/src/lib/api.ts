// What the console asks of the server over HTTP. The session is a cookie that no script sees.
import type {
  ConversationDetail,
  ConversationList,
  LogIn,
  PasswordChange,
  SessionView,
  TicketAnswer,
} from '@router/protocol/api';

/** A one-time ticket for the agent socket, and the server's clock when it was made. */
export interface Ticket {
  ticket: string;
  serverTime: number;
}

const API = '/api/v1';

/** A network that swallows a request never says so; a desk that waits for its ticket must try again. */
const TICKET_WITHIN_MS = 10_000;

/** The server's answer when it is not what was asked for. */
export class Refused extends Error {
  constructor(readonly status: number) {
    super(`the server answered ${status}`);
  }
}

/** Whether somebody is logged in, as far as we know: nobody else need ask. `no` when she logged out, in whichever tab. */
const LOGGED_IN_KEY = 'router.logged_in';

/** The session of this browser; null when nobody is logged in. */
export async function currentSession(): Promise<SessionView | null> {
  if (localStorage.getItem(LOGGED_IN_KEY) !== 'yes') {
    return null;
  }
  const answer = await request('GET', '/sessions/current');
  if (answer.status === 401) {
    localStorage.removeItem(LOGGED_IN_KEY);
    return null;
  }
  return read<SessionView>(answer);
}

export async function logIn(who: LogIn): Promise<SessionView> {
  const session = await read<SessionView>(await request('POST', '/sessions', who));
  localStorage.setItem(LOGGED_IN_KEY, 'yes');
  return session;
}

export async function changePassword(change: PasswordChange): Promise<SessionView> {
  return read(await request('POST', '/sessions/current/password', change));
}

/** Throws when the session goes on: the server refused, or was not reached. */
export async function logOut(): Promise<void> {
  const answer = await request('DELETE', '/sessions/current');
  if (!answer.ok) {
    throw new Refused(answer.status);
  }
  localStorage.setItem(LOGGED_IN_KEY, 'no');
}

/** Whether the person has gone on purpose, in this tab or another one: her session did not just end. */
export function hasLoggedOut(): boolean {
  return localStorage.getItem(LOGGED_IN_KEY) === 'no';
}

/** A ticket for the desk of a site; null when nobody is logged in any more. */
export async function agentTicket(site: string): Promise<Ticket | null> {
  const answer = await request('POST', '/agent-tickets', { site }, AbortSignal.timeout(TICKET_WITHIN_MS));
  if (answer.status === 401) {
    return null;
  }
  const { ticket } = await read<TicketAnswer>(answer);
  return { ticket, serverTime: Date.parse(answer.headers.get('date') ?? '') };
}

/** The conversations of a visitor, the latest first; `cursor` is the `next` of those before. */
export async function conversationsOf(
  site: string,
  visitor: string,
  cursor: string | null = null,
): Promise<ConversationList> {
  const query = new URLSearchParams({ site, visitor, ...(cursor ? { cursor } : {}) });
  return read(await request('GET', `/conversations?${query}`));
}

/** One conversation, with its messages. */
export async function conversationAt(site: string, id: string): Promise<ConversationDetail> {
  return read(await request('GET', `/conversations/${encodeURIComponent(id)}?${new URLSearchParams({ site })}`));
}

function request(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Response> {
  return fetch(`${API}${path}`, {
    method,
    headers: body ? { 'Content-Type': 'application/json' } : {},
    ...(body ? { body: JSON.stringify(body) } : {}),
    ...(signal ? { signal } : {}),
  });
}

async function read<Answer>(answer: Response): Promise<Answer> {
  if (!answer.ok) {
    throw new Refused(answer.status);
  }
  return answer.json();
}
