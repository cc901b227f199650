// The chat: who answers, where the conversation stands, its messages, and where to write. It is told what to show and tells
// what the visitor does; what follows from it is decided elsewhere.

import type { SiteTemplate } from '@router/protocol/visitor';
import { type Conversation, isOpen } from '../conversation.ts';
import { dress, h, ICONS, icon } from '../dom.ts';
import { safeAddress } from '../links.ts';
import type { Texts } from '../texts.ts';
import { type ComposerEvents, composer } from './composer.ts';
import { type LogEvents, log } from './log.ts';
import { standingOf } from './standing.ts';

export interface ChatEvents {
  /** She begins to write: from now on what led her here stays. */
  touched(): void;
  minimise(): void;
  saveTranscript(): void;
}

export interface WriterEvents extends ComposerEvents, LogEvents {
  /** She ends the conversation. */
  ended(): void;
}

export interface ChatLook {
  template: SiteTemplate | undefined;
  texts: Texts;
  language: string;
  /** The prewritten text of a message (A3). */
  greeting: string | undefined;
}

export interface Chat {
  element: HTMLElement;
  /** Show the conversation as it is, and the draft; `isForm` where there is a form instead of a box to write in. */
  update(conversation: Conversation, isConnected: boolean, isForm: boolean, draft: string): void;
  /** Show a part that is rarely needed, such as the question how it was, above where to write. */
  showPart(...part: HTMLElement[]): void;
  focus(): void;
}

/** Draw the chat; `update` tells it the conversation. */
export function chat(look: ChatLook, events: ChatEvents, writer: WriterEvents): Chat {
  const { template, texts, greeting } = look;
  const messages = log(texts, look.language, writer);
  const box = composer(texts, template?.texts?.placeholder, writer);
  const face = h('span', { class: 'face' });
  const title = h('h2', { id: 'chat-title', dir: 'auto' });
  const standing = h('p', { class: 'standing', role: 'status', dir: 'auto' });
  const extra = h('div', { class: 'extra' });
  const save = h('button', { onclick: () => events.saveTranscript() }, texts.transcript);
  const end = h('button', { onclick: () => writer.ended() }, texts.end);
  const minimise = { class: 'icon', 'aria-label': texts.minimise, onclick: () => events.minimise() };
  /** She is where one writes; a form that takes the place of the box is to have the focus, too. */
  let isWriting = false;
  let shownFace: string | undefined;
  const element = h(
    'section',
    {
      class: 'chat',
      role: 'dialog',
      'aria-labelledby': 'chat-title',
      'data-position': template?.position ?? '',
      // While words are composed Escape is the keyboard's.
      onkeydown: (event: KeyboardEvent) => event.key === 'Escape' && !event.isComposing && events.minimise(),
    },
    h('header', { class: 'accent' }, face, title, h('button', minimise, icon(ICONS.less))),
    standing,
    messages.element,
    extra,
    box.element,
    h('footer', {}, save, end),
  );
  box.element.addEventListener('focusin', () => {
    isWriting = true;
    events.touched();
  });
  dress(element, template?.colour);

  function update(conversation: Conversation, isConnected: boolean, isForm: boolean, draft: string): void {
    const { agent, state, pending } = conversation;
    title.textContent = (isOpen(conversation) && agent?.name) || (template?.texts?.title ?? texts.chat);
    showFace(agent);
    const isNew = state === 'none' && greeting === undefined && pending.length === 0;
    const invitingWords = template?.texts?.body ?? (isForm ? texts.nobody : texts.ask);
    const words = isNew ? invitingWords : standingOf(conversation, isConnected, texts);
    if (standing.textContent !== words) standing.textContent = words;
    messages.update(conversation, greeting);
    box.element.hidden = isForm;
    box.show(draft);
    messages.element.hidden = isForm && isNew;
    end.hidden = !isOpen(conversation);
    save.hidden = conversation.messages.length === 0;
  }

  /** Drawn anew at each message, a picture would be loaded anew. */
  function showFace(agent: Conversation['agent']): void {
    const look = JSON.stringify(agent);
    if (look !== shownFace) face.replaceChildren(...(agent ? [faceOf(agent.name, agent.avatar)] : []));
    shownFace = look;
  }

  function focus(): void {
    isWriting = true;
    if (box.element.hidden) extra.querySelector('input')?.focus();
    else box.focus();
  }

  return {
    element,
    update,
    showPart(...part) {
      extra.replaceChildren(...part);
      messages.scrollToEnd();
      if (isWriting && box.element.hidden) focus();
    },
    focus() {
      focus();
      messages.scrollToEnd();
    },
  };
}

/** The picture of whoever answers; the first letter of the name where there is none, or none can be loaded. */
function faceOf(name: string, avatar: string | null | undefined): HTMLElement {
  const source = avatar ? safeAddress(avatar) : undefined;
  const letter = h('span', { 'aria-hidden': 'true' }, [...name][0]?.toUpperCase() ?? '');
  const picture: HTMLElement = h('img', { src: source, alt: '', onerror: () => picture.replaceWith(letter) });
  return source === undefined ? letter : picture;
}
