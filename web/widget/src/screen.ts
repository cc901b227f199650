// What the visitor sees: the invitation, the chat, the button. It is told what is to be there and makes it so; what she
// does is told to the stage.

import type { Offer, SiteForVisitor, SiteTemplate } from '@router/protocol/visitor';
import { type Chat, type ChatEvents, chat, type WriterEvents } from './chat/panel.ts';
import { type Conversation, unread } from './conversation.ts';
import { type Answers, invitation } from './engagements/invitation.ts';
import { type Launcher, launcher } from './engagements/launcher.ts';
import { load, type PartEvents } from './parts.ts';
import { makeRoot, type Root } from './root.ts';
import type { Texts } from './texts.ts';

/** What follows when the visitor opens and closes things. */
export interface Director extends Answers, ChatEvents {
  openChat(): void;
}

/** What follows when she writes and reads. */
export type Writer = WriterEvents & PartEvents;

export interface View {
  shows: 'nothing' | 'invitation' | 'chat' | 'launcher';
  offer: Offer | undefined;
  conversation: Conversation;
  isConnected: boolean;
  draft: string;
}

export class Screen {
  readonly #root: Root;
  readonly #texts: Texts;
  readonly #language: string;
  readonly #site: SiteForVisitor;
  readonly #director: Director;
  readonly #writer: Writer;
  #dialog: HTMLDialogElement | undefined;
  #chat: Chat | undefined;
  #part: 'offline_form' | 'rating' | undefined;
  #launcher: (Launcher & { look: string }) | undefined;

  constructor(texts: Texts, language: string, site: SiteForVisitor, director: Director, writer: Writer) {
    this.#root = makeRoot(language);
    this.#texts = texts;
    this.#language = language;
    this.#site = site;
    this.#director = director;
    this.#writer = writer;
  }

  /** What can be seen of the engagement: its receipt is sent when it is. */
  get shown(): HTMLElement | undefined {
    return this.#dialog ?? this.#chat?.element ?? this.#launcher?.element;
  }

  show(view: View): void {
    this.#showDialog(view);
    this.#showChat(view);
    this.#showLauncher(view);
  }

  focusChat(): void {
    this.#chat?.focus();
  }

  focusLauncher(): void {
    this.#launcher?.element.focus();
  }

  /** Let screen readers say what somebody wrote. */
  announce(name: string | null | undefined, text: string): void {
    this.#root.announce(`${name ?? this.#texts.adviser}: ${text}`);
  }

  async saveTranscript(conversation: Conversation): Promise<void> {
    const { transcript } = await load('transcript');
    transcript(conversation, this.#site.name, this.#texts, this.#language);
  }

  #showDialog({ shows, offer }: View): void {
    if (shows !== 'invitation' || offer === undefined) {
      this.#dialog?.close();
      this.#dialog?.remove();
      this.#dialog = undefined;
    } else if (this.#dialog === undefined) {
      this.#dialog = invitation(offer, this.#template(offer), this.#texts, this.#director);
      this.#root.add(this.#dialog);
      this.#dialog.showModal();
    }
  }

  #showChat({ shows, offer, conversation, isConnected, draft }: View): void {
    if (shows !== 'chat') {
      this.#chat?.element.remove();
      this.#chat = undefined;
      this.#part = undefined;
      return;
    }
    if (this.#chat === undefined) {
      const greeting = offer?.text ?? undefined;
      const template = this.#chatTemplate(offer);
      this.#chat = chat(
        { template, texts: this.#texts, language: this.#language, greeting, draft },
        this.#director,
        this.#writer,
      );
      this.#root.add(this.#chat.element);
      if (greeting) this.#root.announce(greeting);
    }
    const isForm = conversation.state === 'offline' || offer?.action === 'offline_form';
    this.#chat.update(conversation, isConnected, isForm);
    this.#showPart(this.#chat, conversation, isForm);
  }

  /** What is rarely needed is loaded when it is: the offline form, and the question how it was. */
  #showPart(drawn: Chat, { messages, state }: Conversation, isForm: boolean): void {
    const isAnswered = messages.some((each) => each.from === 'agent' || each.from === 'bot');
    const wanted = isForm ? 'offline_form' : state === 'closed' && isAnswered ? 'rating' : undefined;
    if (wanted === this.#part) return;
    this.#part = wanted;
    drawn.showPart();
    if (wanted === undefined) return;
    void load(wanted).then(({ styles, draw }) => {
      if (this.#part !== wanted) return;
      this.#root.style(styles);
      drawn.showPart(draw(this.#language, this.#writer));
    });
  }

  #showLauncher({ shows, offer, conversation }: View): void {
    const template = offer?.action === 'button' ? this.#template(offer) : this.#chatTemplate(offer);
    const label = conversation.state === 'none' ? this.#labelOf(offer, template) : '';
    const look = `${template?.id} ${label}`;
    if (shows !== 'launcher' || this.#launcher?.look !== look) {
      this.#launcher?.element.remove();
      this.#launcher = undefined;
    }
    if (shows !== 'launcher') return;
    if (this.#launcher === undefined) {
      this.#launcher = { ...launcher(template, label, this.#texts, () => this.#director.openChat()), look };
      this.#root.add(this.#launcher.element);
    }
    this.#launcher.count(unread(conversation).length);
  }

  #labelOf(offer: Offer | undefined, template: SiteTemplate | undefined): string {
    if (offer?.action === 'offline_form') return template?.texts?.title ?? this.#texts.leaveWord;
    return offer?.action === 'button' ? (template?.texts?.label ?? '') : '';
  }

  #template(offer: Offer | undefined): SiteTemplate | undefined {
    return this.#site.templates.find((each) => each.id === offer?.template);
  }

  /** The template of the chat: the one that the offer names, else the site's first. */
  #chatTemplate(offer: Offer | undefined): SiteTemplate | undefined {
    const named = this.#template(offer);
    if (named?.kind === 'chatbox' || named?.kind === 'offline_form') return named;
    return this.#site.templates.find((each) => each.kind === 'chatbox');
  }
}
