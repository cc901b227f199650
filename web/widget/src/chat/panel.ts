// The chat: who answers, where the conversation stands, its messages, and where to write. It is told what to show and tells
// what the visitor does; what follows from it is decided elsewhere.

import type { SiteTemplate } from '@router/protocol/visitor';
import { type Conversation, isOpen } from '../conversation.ts';
import { h, ICONS, icon } from '../dom.ts';
import { safeAddress } from '../links.ts';
import { dress } from '../root.ts';
import type { Texts } from '../texts.ts';
import { Composer, type ComposerEvents } from './composer.ts';
import { Log, type LogEvents } from './log.ts';
import { standingOf } from './standing.ts';

export interface ChatEvents extends ComposerEvents, LogEvents {
  minimise(): void;
  end(): void;
  saveTranscript(): void;
}

export interface ChatLook {
  template: SiteTemplate | undefined;
  texts: Texts;
  language: string;
  /** The prewritten text of a message (A3). */
  greeting: string | undefined;
  draft: string;
}

export class Chat {
  readonly element: HTMLElement;
  readonly #look: ChatLook;
  readonly #log: Log;
  readonly #composer: Composer;
  readonly #face = h('span', { class: 'face' });
  readonly #title: HTMLElement;
  readonly #standing = h('p', { class: 'standing', role: 'status', dir: 'auto' });
  readonly #extra = h('div', { class: 'extra' });
  readonly #end: HTMLElement;
  readonly #save: HTMLElement;

  constructor(look: ChatLook, events: ChatEvents) {
    const { template, texts, language, draft } = look;
    this.#look = look;
    this.#log = new Log(texts, language, events);
    this.#composer = new Composer(texts, template?.texts?.placeholder, draft, events);
    this.#title = h('h2', { id: 'chat-title', dir: 'auto' });
    this.#end = h('button', { type: 'button', onclick: () => events.end() }, texts.end);
    this.#save = h('button', { type: 'button', onclick: () => events.saveTranscript() }, texts.transcript);
    this.element = h(
      'section',
      {
        class: 'chat',
        role: 'dialog',
        'aria-labelledby': 'chat-title',
        'data-position': template?.position ?? 'bottom_right',
        onkeydown: (event) => {
          if (event instanceof KeyboardEvent && event.key === 'Escape') events.minimise();
        },
      },
      h(
        'header',
        {},
        this.#face,
        this.#title,
        h(
          'button',
          { type: 'button', class: 'icon', 'aria-label': texts.minimise, onclick: () => events.minimise() },
          icon(ICONS.less),
        ),
      ),
      this.#standing,
      this.#log.element,
      this.#extra,
      this.#composer.element,
      h('footer', {}, this.#save, this.#end),
    );
    dress(this.element, template?.colour);
  }

  /** Show the conversation as it is. */
  update(conversation: Conversation, isConnected: boolean, isForm: boolean): void {
    const { template, texts, greeting } = this.#look;
    const { agent, state, messages } = conversation;
    this.#title.textContent = (isOpen(conversation) && agent?.name) || (template?.texts?.title ?? texts.chat);
    this.#face.replaceChildren(...(agent ? [faceOf(agent.name, agent.avatar)] : []));
    const isNew = state === 'none' && greeting === undefined && conversation.pending.length === 0;
    const standing = isNew ? (template?.texts?.body ?? texts.ask) : standingOf(conversation, isConnected, texts);
    if (this.#standing.textContent !== standing) this.#standing.textContent = standing;
    this.#log.update(conversation, greeting);
    this.#composer.element.hidden = isForm;
    this.#end.hidden = !isOpen(conversation);
    this.#save.hidden = messages.length === 0;
  }

  /** Show a part that is rarely needed, such as the question how it was, above where to write. */
  showPart(...part: HTMLElement[]): void {
    this.#extra.replaceChildren(...part);
    this.#log.scrollToEnd();
  }

  focus(): void {
    this.#composer.focus();
    this.#log.scrollToEnd();
  }
}

/** The picture of whoever answers; the first letter of the name where there is none. */
function faceOf(name: string, avatar: string | null | undefined): HTMLElement {
  const source = avatar ? safeAddress(avatar) : undefined;
  if (source !== undefined) return h('img', { src: source, alt: '' });
  return h('span', { 'aria-hidden': 'true' }, [...name][0]?.toUpperCase() ?? '');
}
