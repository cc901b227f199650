// What is on the screen: the one engagement that the server offered, the button and the chat. All of it follows from the
// session and from whether the chat is open; `#draw` makes the screen agree with that.

import type { FromVisitor, Offer, SiteForVisitor, SiteTemplate, ToVisitor } from '@router/protocol/visitor';
import { Chat } from './chat/panel.ts';
import { type Conversation, hasEnded, isTheirs, unread } from './conversation.ts';
import { invitation } from './engagements/invitation.ts';
import { type Launcher, launcher } from './engagements/launcher.ts';
import { onceSeen } from './page.ts';
import { type DrawPart, load } from './parts.ts';
import { Root } from './root.ts';
import { type Audience, Session } from './session.ts';
import type { Storage } from './storage.ts';
import { languageFor, type Texts, textsIn } from './texts.ts';

/** After a reconnect the server offers anew what is to be on the page: so long an old offer waits for that. */
const OFFERED_AGAIN_MS = 1_500;

interface Engagement {
  offer: Offer;
  isShown: boolean;
  isEngaged: boolean;
}

export class Stage implements Audience {
  readonly session: Session;
  readonly #tell: (message: ToVisitor | FromVisitor) => void;
  #site: SiteForVisitor = { name: '', languages: [], templates: [] };
  #language = navigator.language;
  #texts: Texts = textsIn(navigator.language);
  #root = new Root(this.#language);
  #engagement: Engagement | undefined;
  #chat: Chat | undefined;
  #launcher: (Launcher & { look: string }) | undefined;
  #dialog: HTMLDialogElement | undefined;
  #part: 'offline_form' | 'rating' | undefined;
  #stopWatching: () => void = () => {};
  #outdating: ReturnType<typeof setTimeout> | undefined;

  /** `tell` hears what happens, for whoever listens on the shop's page. */
  constructor(socketUrl: string, storage: Storage, tell: (message: ToVisitor | FromVisitor) => void) {
    this.#tell = tell;
    this.session = new Session(socketUrl, storage, this);
  }

  // -- as the audience of the session

  welcomed(site: SiteForVisitor, isSamePage: boolean): void {
    if (this.#site.languages.length === 0) {
      this.#language = languageFor(navigator.language, site.languages);
      this.#texts = textsIn(this.#language);
      this.#root = new Root(this.#language);
    }
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
      this.#watch();
      return;
    }
    this.#drop();
    this.#engagement = { offer, isShown: false, isEngaged: false };
    if (offer.action === 'message' || offer.action === 'chatbox') {
      this.session.isChatOpen = true;
      if (offer.text) this.#root.announce(offer.text);
    }
    this.#draw();
    this.#watch();
  }

  withdrawn(engagement: string, reason: string): void {
    if (this.#engagement?.offer.engagement !== engagement) return;
    // In the tab where she writes the conversation takes the place of what led to it.
    if (reason === 'conversation_open') this.#forgetEngagement();
    else this.#drop();
    this.#draw();
  }

  changed(before: Conversation): void {
    const { conversation } = this.session;
    const heard = conversation.messages.filter(
      (each) => isTheirs(each) && before.state !== 'none' && !before.messages.some((known) => known.seq === each.seq),
    );
    for (const { name, text } of heard) this.#root.announce(`${name ?? this.#texts.adviser}: ${text}`);
    this.#draw();
  }

  told(message: ToVisitor | FromVisitor): void {
    this.#tell(message);
  }

  // -- what the visitor does

  #engage(): void {
    const engagement = this.#engagement;
    if (engagement === undefined || engagement.isEngaged) return;
    this.#engagement = { ...engagement, isShown: true, isEngaged: true };
    this.session.answering = engagement.offer.engagement;
    this.session.send({ type: 'engage', engagement: engagement.offer.engagement });
  }

  #openChat(): void {
    this.#engage();
    this.session.isChatOpen = true;
    this.#draw();
    this.session.save();
    this.#chat?.focus();
  }

  #closeChat(): void {
    this.session.isChatOpen = false;
    const { conversation } = this.session;
    const action = this.#engagement?.offer.action;
    if (hasEnded(conversation)) this.session.forget();
    if (
      conversation.state === 'none' &&
      conversation.pending.length === 0 &&
      action !== 'button' &&
      action !== 'offline_form'
    ) {
      this.#dismiss();
    }
    this.#draw();
    this.session.save();
    this.#launcher?.element.focus();
  }

  #dismiss(): void {
    const engagement = this.#engagement?.offer.engagement;
    if (engagement !== undefined) this.session.send({ type: 'dismiss', engagement });
    this.#forgetEngagement();
    this.#draw();
  }

  #drop(): void {
    if (this.#engagement === undefined) return;
    this.#forgetEngagement();
    const { conversation } = this.session;
    if (conversation.state === 'none' && conversation.pending.length === 0) this.session.isChatOpen = false;
    this.#draw();
  }

  #forgetEngagement(): void {
    this.#stopWatching();
    this.#engagement = undefined;
  }

  // -- drawing

  #draw(): void {
    const { session } = this;
    const { conversation, isChatOpen } = session;
    const engagement = this.#engagement;
    const hasConversation = conversation.state !== 'none' || conversation.pending.length > 0;
    const isInvited = engagement?.offer.action === 'invitation' && !engagement.isEngaged && !hasConversation;
    this.#drawDialog(isInvited ? engagement : undefined);
    const isChat = isChatOpen && (hasConversation || engagement !== undefined);
    this.#drawChat(isChat);
    this.#drawLauncher(!isChat && !isInvited && (hasConversation || engagement !== undefined));
  }

  #drawDialog(engagement: Engagement | undefined): void {
    if (engagement === undefined) {
      this.#dialog?.close();
      this.#dialog?.remove();
      this.#dialog = undefined;
    } else if (this.#dialog === undefined) {
      this.#dialog = invitation(engagement.offer, this.#template(engagement.offer), this.#texts, {
        accept: () => this.#openChat(),
        refuse: () => this.#dismiss(),
      });
      this.#root.add(this.#dialog);
      this.#dialog.showModal();
    }
  }

  #drawChat(isWanted: boolean): void {
    if (!isWanted) {
      this.#chat?.element.remove();
      this.#chat = undefined;
      this.#part = undefined;
      return;
    }
    const { session } = this;
    if (this.#chat === undefined) {
      this.#chat = this.#makeChat();
      this.#root.add(this.#chat.element);
    }
    const isForm = session.conversation.state === 'offline' || this.#engagement?.offer.action === 'offline_form';
    this.#chat.update(session.conversation, session.isConnected, isForm);
    this.#drawPart(this.#chat, isForm);
  }

  #makeChat(): Chat {
    const { session } = this;
    const look = {
      template: this.#chatTemplate(),
      texts: this.#texts,
      language: this.#language,
      greeting: this.#engagement?.offer.text ?? undefined,
      draft: session.draft,
    };
    return new Chat(look, {
      touched: () => this.#engage(),
      drafted: (text) => {
        session.draft = text;
        session.save();
      },
      typing: (on, text) => session.send({ type: 'typing', on, text }),
      said: (text) => session.say(text, this.#engagement?.offer.engagement),
      seen: (seq) => session.seen(seq),
      retry: (id) => session.retry(id),
      minimise: () => this.#closeChat(),
      end: () => session.send({ type: 'leave' }),
      saveTranscript: () => void this.#saveTranscript(),
    });
  }

  /** What is rarely needed is loaded when it is: the offline form, and the question how it was. */
  #drawPart(chat: Chat, isForm: boolean): void {
    const { conversation } = this.session;
    const isAnswered = conversation.messages.some((each) => each.from === 'agent' || each.from === 'bot');
    const wanted = isForm ? 'offline_form' : conversation.state === 'closed' && isAnswered ? 'rating' : undefined;
    if (wanted === this.#part) return;
    this.#part = wanted;
    if (wanted === undefined) chat.showPart();
    else void load(wanted).then((part) => this.#part === wanted && this.#showPart(chat, part));
  }

  #showPart(chat: Chat, { styles, draw }: { styles: string; draw: DrawPart }): void {
    const { session } = this;
    this.#root.style(styles);
    chat.showPart(
      draw(this.#language, {
        left: (word) => session.leaveWord(word),
        rated: (score, comment) => session.rate(score, comment),
      }),
    );
  }

  #drawLauncher(isWanted: boolean): void {
    const offer = this.#engagement?.offer;
    const { conversation } = this.session;
    const template = offer?.action === 'button' ? this.#template(offer) : this.#chatTemplate();
    const label = conversation.state === 'none' ? this.#labelOf(offer, template) : '';
    const look = `${template?.id} ${label}`;
    if (this.#launcher !== undefined && (!isWanted || this.#launcher.look !== look)) {
      this.#launcher.element.remove();
      this.#launcher = undefined;
    }
    if (!isWanted) return;
    if (this.#launcher === undefined) {
      this.#launcher = { ...launcher(template, label, this.#texts, () => this.#openChat()), look };
      this.#root.add(this.#launcher.element);
    }
    this.#launcher.count(unread(conversation).length);
  }

  #labelOf(offer: Offer | undefined, template: SiteTemplate | undefined): string {
    if (offer?.action === 'offline_form') return this.#template(offer)?.texts?.title ?? this.#texts.leaveWord;
    return offer?.action === 'button' ? (template?.texts?.label ?? '') : '';
  }

  /** Tell the server once the engagement is really seen. */
  #watch(): void {
    this.#stopWatching();
    const engagement = this.#engagement;
    const element = this.#dialog ?? this.#chat?.element ?? this.#launcher?.element;
    if (engagement === undefined || engagement.isShown || element === undefined) return;
    const { engagement: id } = engagement.offer;
    this.#stopWatching = onceSeen(element, () => {
      if (this.#engagement?.offer.engagement !== id || !this.session.send({ type: 'shown', engagement: id })) return;
      this.#engagement.isShown = true;
    });
  }

  #template(offer: Offer): SiteTemplate | undefined {
    return this.#site.templates.find((each) => each.id === offer.template);
  }

  /** The template of the chat: the one that the offer names, else the site's first. */
  #chatTemplate(): SiteTemplate | undefined {
    const offer = this.#engagement?.offer;
    const named = offer && this.#template(offer);
    if (named?.kind === 'chatbox' || named?.kind === 'offline_form') return named;
    return this.#site.templates.find((each) => each.kind === 'chatbox');
  }

  async #saveTranscript(): Promise<void> {
    const { transcript } = await load('transcript');
    transcript(this.session.conversation, this.#site.name, this.#texts, this.#language);
  }
}
