// What is to be on the screen: at most one engagement that the server offered, the conversation, and the chat open or not.
// Here is decided what follows from what the server says and from what the visitor does.

import type { Offer, SiteForVisitor } from '@router/protocol/visitor';
import { type Conversation, hasEnded, isTheirs, type Message } from './conversation.ts';
import { onceSeen } from './page.ts';
import { load } from './parts.ts';
import { makeScreen, type Screen, type View } from './screen.ts';
import { makeSession, type Session, type Tell } from './session.ts';
import type { Storage } from './storage.ts';
import { wordsOf } from './texts.ts';

/** After a reconnect the server offers anew what is to be on the page: so long an old offer waits for that. */
const OFFERED_AGAIN_MS = 1_500;

interface Engagement {
  offer: Offer;
  /** The visitor saw it. */
  isShown: boolean;
  /** She clicked or accepted it, or began to write. */
  isEngaged: boolean;
}

/** Set the stage; what is played there is told by the session that it returns. */
export function makeStage(socketUrl: string, storage: Storage, tell: Tell): Session {
  let site: SiteForVisitor | undefined;
  let engagement: Engagement | undefined;
  let screen: Screen | undefined;
  let isSettingUp = false;
  let outdating: ReturnType<typeof setTimeout> | undefined;
  let stopWatching = () => {};
  const session = makeSession(socketUrl, storage, tell, { welcomed, offered, withdrawn, changed });

  // -- what the server says

  function welcomed(known: SiteForVisitor, isSamePage: boolean): void {
    site = known;
    clearTimeout(outdating);
    if (engagement === undefined || engagement.isEngaged) return;
    const stays = isSamePage && engagement.isShown && ['invitation', 'message'].includes(engagement.offer.action);
    if (!stays) outdating = setTimeout(drop, OFFERED_AGAIN_MS);
  }

  function offered(offer: Offer): void {
    clearTimeout(outdating);
    const { action, rule } = offer;
    if (engagement?.offer.rule === rule && engagement.offer.action === action) {
      engagement = { ...engagement, offer, isShown: false };
    } else {
      drop();
      engagement = { offer, isShown: false, isEngaged: false };
      // A chat that the page before left open, unwritten, was for what was offered there.
      const opensChat = action === 'message' || action === 'chatbox';
      if (opensChat || !hasConversation()) session.openChat(opensChat);
    }
    draw();
    watch();
  }

  function withdrawn(id: string, reason: string): void {
    if (engagement?.offer.engagement !== id) return;
    // In the tab where she writes the conversation takes the place of what led to it.
    if (reason === 'conversation_open') engagement = undefined;
    else drop();
    draw();
  }

  function changed(before: Conversation): void {
    const known = new Set(before.messages.map((each) => each.seq));
    const isNew = (message: Message) => before.state !== 'none' && isTheirs(message) && !known.has(message.seq);
    draw();
    for (const { name, text } of session.conversation().messages.filter(isNew)) screen?.announce(name, text);
  }

  // -- what the visitor does

  function openChat(): void {
    touched();
    session.openChat(true);
    draw();
    screen?.focusChat();
  }

  function touched(): void {
    if (engagement === undefined || engagement.isEngaged) return;
    engagement = { ...engagement, isShown: true, isEngaged: true };
    session.answer(engagement.offer.engagement);
  }

  function minimise(): void {
    session.openChat(false);
    const isBehindButton = ['button', 'offline_form'].includes(engagement?.offer.action ?? '');
    // What was offered behind a conversation was not seen: closing that refuses nothing.
    const isRefusal = !hasConversation() && !isBehindButton;
    const conversation = session.conversation();
    if (hasEnded(conversation) && conversation.pending.length === 0) session.forget();
    if (isRefusal) refuse();
    draw();
    watch();
    screen?.focusLauncher();
  }

  function refuse(): void {
    if (engagement !== undefined) session.send({ type: 'dismiss', engagement: engagement.offer.engagement });
    engagement = undefined;
    draw();
  }

  function saveTranscript(): void {
    const conversation = session.conversation();
    void load('transcript').then(({ transcript }) => site && transcript(conversation, site));
  }

  // -- what follows from it

  function hasConversation(): boolean {
    const { state, pending } = session.conversation();
    return state !== 'none' || pending.length > 0;
  }

  /** The engagement is no more; a chat in which nothing was written goes with it. */
  function drop(): void {
    if (engagement === undefined) return;
    engagement = undefined;
    if (!hasConversation()) session.openChat(false);
    draw();
  }

  /** Tell the server once the engagement is really seen. */
  function watch(): void {
    stopWatching();
    const shown = screen?.shown();
    const watched = engagement;
    // While a conversation is on the screen, also one that has ended, the engagement is not.
    if (watched === undefined || watched.isShown || shown === undefined || hasConversation()) return;
    stopWatching = onceSeen(shown, () => {
      if (engagement !== watched) return;
      watched.isShown = session.send({ type: 'shown', engagement: watched.offer.engagement });
    });
  }

  function draw(): void {
    const shows = whatToShow();
    if (screen !== undefined) {
      const conversation = session.conversation();
      const isConnected = session.isConnected();
      screen.show({ shows, offer: engagement?.offer, conversation, isConnected, draft: session.draft() });
    } else if (shows !== 'nothing' && site !== undefined && !isSettingUp) {
      isSettingUp = true;
      void setUp(site);
    }
  }

  function whatToShow(): View['shows'] {
    if (!hasConversation() && engagement === undefined) return 'nothing';
    if (session.isChatOpen()) return 'chat';
    const isInvited = engagement?.offer.action === 'invitation' && !engagement.isEngaged && !hasConversation();
    return isInvited ? 'invitation' : 'launcher';
  }

  /** Have a screen, in the visitor's language, once there is something to show. */
  async function setUp(known: SiteForVisitor): Promise<void> {
    try {
      const { texts } = await load(wordsOf(known.language));
      const director = { openChat, accept: openChat, refuse, touched, minimise, saveTranscript, drawn: watch };
      screen = makeScreen(texts, known, director, session);
    } finally {
      isSettingUp = false;
    }
    draw();
    watch();
  }

  return session;
}
