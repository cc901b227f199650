// What is to be on the screen: at most one engagement that the server offered, the conversation, and the chat open or not.
// Here is decided what follows from what the server says and from what the visitor does.

import type { Offer, SiteForVisitor } from '@router/protocol/visitor';
import { type Conversation, hasEnded, isTheirs } from './conversation.ts';
import { onceSeen } from './page.ts';
import { load } from './parts.ts';
import { type Director, Screen, type View } from './screen.ts';
import { type Audience, Session, type Tell } from './session.ts';
import type { Storage } from './storage.ts';
import { languageFor, wordsOf } from './texts.ts';

/** After a reconnect the server offers anew what is to be on the page: so long an old offer waits for that. */
const OFFERED_AGAIN_MS = 1_500;

interface Engagement {
  offer: Offer;
  /** The visitor saw it. */
  isShown: boolean;
  /** She clicked or accepted it, or began to write. */
  isEngaged: boolean;
}

export class Stage implements Audience, Director {
  readonly session: Session;
  #site: SiteForVisitor | undefined;
  #engagement: Engagement | undefined;
  #screen: Screen | undefined;
  #isSettingUp = false;
  #outdating: ReturnType<typeof setTimeout> | undefined;
  #stopWatching: () => void = () => {};

  constructor(socketUrl: string, storage: Storage, tell: Tell) {
    this.session = new Session(socketUrl, storage, tell, this);
  }

  // -- as the audience of the session

  welcomed(site: SiteForVisitor, isSamePage: boolean): void {
    this.#site = site;
    clearTimeout(this.#outdating);
    const engagement = this.#engagement;
    if (engagement === undefined || engagement.isEngaged) return;
    const stays = engagement.isShown && ['invitation', 'message'].includes(engagement.offer.action);
    if (!isSamePage || !stays) this.#outdating = setTimeout(() => this.#drop(), OFFERED_AGAIN_MS);
  }

  offered(offer: Offer): void {
    clearTimeout(this.#outdating);
    const known = this.#engagement;
    if (known?.offer.rule === offer.rule && known.offer.action === offer.action) {
      this.#engagement = { ...known, offer, isShown: false };
    } else {
      this.#drop();
      this.#engagement = { offer, isShown: false, isEngaged: false };
      if (offer.action === 'message' || offer.action === 'chatbox') this.session.isChatOpen = true;
    }
    this.#draw();
    this.#watch();
  }

  withdrawn(engagement: string, reason: string): void {
    if (this.#engagement?.offer.engagement !== engagement) return;
    // In the tab where she writes the conversation takes the place of what led to it.
    if (reason === 'conversation_open') this.#engagement = undefined;
    else this.#drop();
    this.#draw();
  }

  changed(before: Conversation): void {
    const { messages } = this.session.conversation;
    const known = new Set(before.messages.map((each) => each.seq));
    const heard = before.state === 'none' ? [] : messages.filter((each) => isTheirs(each) && !known.has(each.seq));
    for (const { name, text } of heard) this.#screen?.announce(name, text);
    this.#draw();
  }

  // -- what the visitor does

  openChat(): void {
    this.touched();
    this.session.isChatOpen = true;
    this.#draw();
    this.session.save();
    this.#screen?.focusChat();
  }

  accept(): void {
    this.openChat();
  }

  refuse(): void {
    this.#dismiss();
    this.#draw();
  }

  minimise(): void {
    const { session } = this;
    session.isChatOpen = false;
    if (hasEnded(session.conversation)) session.forget();
    else if (!this.#hasConversation() && !this.#isButton()) this.#dismiss();
    this.#draw();
    session.save();
    this.#screen?.focusLauncher();
  }

  touched(): void {
    const engagement = this.#engagement;
    if (engagement === undefined || engagement.isEngaged) return;
    this.#engagement = { ...engagement, isShown: true, isEngaged: true };
    this.session.answering = engagement.offer.engagement;
    this.session.send({ type: 'engage', engagement: engagement.offer.engagement });
  }

  saveTranscript(): void {
    void this.#screen?.saveTranscript(this.session.conversation);
  }

  // -- what follows from it

  #hasConversation(): boolean {
    const { state, pending } = this.session.conversation;
    return state !== 'none' || pending.length > 0;
  }

  /** Whether the engagement is behind a button, where the chat goes back to when it is closed. */
  #isButton(): boolean {
    return ['button', 'offline_form'].includes(this.#engagement?.offer.action ?? '');
  }

  #dismiss(): void {
    const engagement = this.#engagement?.offer.engagement;
    if (engagement !== undefined) this.session.send({ type: 'dismiss', engagement });
    this.#engagement = undefined;
  }

  /** The engagement is no more; a chat in which nothing was written goes with it. */
  #drop(): void {
    if (this.#engagement === undefined) return;
    this.#engagement = undefined;
    if (!this.#hasConversation()) this.session.isChatOpen = false;
    this.#draw();
  }

  /** Tell the server once the engagement is really seen. */
  #watch(): void {
    this.#stopWatching();
    const { shown } = this.#screen ?? {};
    const engagement = this.#engagement;
    if (engagement === undefined || engagement.isShown || shown === undefined) return;
    this.#stopWatching = onceSeen(shown, () => {
      if (this.#engagement !== engagement) return;
      engagement.isShown = this.session.send({ type: 'shown', engagement: engagement.offer.engagement });
    });
  }

  #draw(): void {
    const { conversation, isConnected, draft } = this.session;
    const shows = this.#whatToShow();
    if (this.#screen !== undefined) {
      this.#screen.show({ shows, offer: this.#engagement?.offer, conversation, isConnected, draft });
    } else if (shows !== 'nothing' && this.#site !== undefined && !this.#isSettingUp) {
      this.#isSettingUp = true;
      void this.#setUp(this.#site);
    }
  }

  #whatToShow(): View['shows'] {
    const engagement = this.#engagement;
    const hasConversation = this.#hasConversation();
    if (!hasConversation && engagement === undefined) return 'nothing';
    if (this.session.isChatOpen) return 'chat';
    const isInvited = engagement?.offer.action === 'invitation' && !engagement.isEngaged && !hasConversation;
    return isInvited ? 'invitation' : 'launcher';
  }

  /** Have a screen, in the visitor's language, once there is something to show. */
  async #setUp(site: SiteForVisitor): Promise<void> {
    const language = languageFor(navigator.language, site.languages);
    const { texts } = await load(wordsOf(language));
    this.#screen = new Screen(texts, language, site, this, this.session);
    this.#draw();
    this.#watch();
  }
}
