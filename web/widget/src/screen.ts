// What the visitor sees: the invitation, the chat, the button. It is told what is to be there and makes it so; what she
// does is told to the stage.

import type { Offer, SiteForVisitor, SiteTemplate } from '@router/protocol/visitor';
import { type Chat, type ChatEvents, chat, type WriterEvents } from './chat/panel.ts';
import { type Conversation, unread } from './conversation.ts';
import { type Launcher, launcher } from './launcher.ts';
import type { Answers } from './parts/invitation.ts';
import { load, type PartEvents } from './parts.ts';
import { makeRoot } from './root.ts';
import type { Texts } from './texts.ts';

/** What follows when the visitor opens and closes things. */
export interface Director extends Answers, ChatEvents {
  openChat(): void;
  /** What takes a moment to load can be seen now. */
  drawn(): void;
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

export interface Screen {
  show(view: View): void;
  /** What can be seen of the engagement: its receipt is sent when it is. */
  shown(): HTMLElement | undefined;
  focusChat(): void;
  focusLauncher(): void;
  /** Let screen readers say what somebody wrote. */
  announce(name: string | null | undefined, text: string): void;
}

/** A screen with nothing on it yet. */
export function makeScreen(texts: Texts, site: SiteForVisitor, director: Director, writer: Writer): Screen {
  const { language, templates } = site;
  const root = makeRoot(language);
  let invited: Offer | undefined;
  let dialog: HTMLDialogElement | undefined;
  let panel: Chat | undefined;
  let part: 'offline_form' | 'rating' | undefined;
  let button: (Launcher & { look: string }) | undefined;

  function showInvitation({ shows, offer }: View): void {
    const wanted = shows === 'invitation' ? offer : undefined;
    if (invited?.rule === wanted?.rule) return;
    invited = wanted;
    dialog?.close();
    dialog?.remove();
    dialog = undefined;
    if (wanted !== undefined) void invite(wanted);
  }

  async function invite(offer: Offer): Promise<void> {
    const { invitation, styles } = await load('invitation');
    if (invited !== offer) return;
    root.style(styles);
    dialog = invitation(offer, templateOf(offer), language, director);
    root.add(dialog);
    dialog.showModal();
    director.drawn();
  }

  function showChat({ shows, offer, conversation, isConnected, draft }: View): void {
    if (shows !== 'chat') {
      panel?.element.remove();
      panel = undefined;
      part = undefined;
      return;
    }
    if (panel === undefined) {
      const greeting = offer?.text ?? undefined;
      panel = chat({ template: chatTemplate(offer), texts, language, greeting }, director, writer);
      root.add(panel.element);
      if (greeting) root.announce(greeting);
    }
    const isForm = conversation.state === 'offline' || offer?.action === 'offline_form';
    panel.update(conversation, isConnected, isForm, draft);
    showPart(panel, conversation, isForm);
  }

  /** What is rarely needed is loaded when it is: the offline form, and the question how it was. */
  function showPart(around: Chat, { messages, state }: Conversation, isForm: boolean): void {
    const isAnswered = messages.some((each) => each.from === 'agent' || each.from === 'bot');
    const wanted = isForm ? 'offline_form' : state === 'closed' && isAnswered ? 'rating' : undefined;
    if (wanted === part) return;
    part = wanted;
    around.showPart();
    if (wanted === undefined) return;
    void load(wanted).then(({ styles, draw }) => {
      if (part !== wanted) return;
      root.style(styles);
      around.showPart(draw(language, writer));
    });
  }

  function showLauncher({ shows, offer, conversation }: View): void {
    const template = offer?.action === 'button' ? templateOf(offer) : chatTemplate(offer);
    const label = conversation.state === 'none' ? labelOf(offer, template) : '';
    const look = `${template?.id} ${label}`;
    if (shows !== 'launcher' || button?.look !== look) {
      button?.element.remove();
      button = undefined;
    }
    if (shows !== 'launcher') return;
    if (button === undefined) {
      button = { ...launcher(template, label, texts, () => director.openChat()), look };
      root.add(button.element);
    }
    button.count(unread(conversation).length);
  }

  function labelOf(offer: Offer | undefined, template: SiteTemplate | undefined): string {
    if (offer?.action === 'offline_form') return template?.texts?.title ?? texts.leaveWord;
    return offer?.action === 'button' ? (template?.texts?.label ?? '') : '';
  }

  function templateOf(offer: Offer | undefined): SiteTemplate | undefined {
    return templates.find((each) => each.id === offer?.template);
  }

  /** The template of the chat: the one that the offer names, else the site's first. */
  function chatTemplate(offer: Offer | undefined): SiteTemplate | undefined {
    const named = templateOf(offer);
    const isNamed = named?.kind === 'chatbox' || named?.kind === 'offline_form';
    return isNamed ? named : templates.find((each) => each.kind === 'chatbox');
  }

  return {
    show(view) {
      root.attach();
      showInvitation(view);
      showChat(view);
      showLauncher(view);
    },
    shown: () => dialog ?? panel?.element ?? button?.element,
    focusChat: () => panel?.focus(),
    focusLauncher: () => button?.element.focus(),
    announce: (name, text) => root.announce(`${name ?? texts.adviser}: ${text}`),
  };
}
