// Where the visitor writes: Enter sends, Shift and Enter begins a new line.

import { h, ICONS, icon } from '../dom.ts';
import type { Texts } from '../texts.ts';

/** Characters of a message, as the server counts them or fewer. */
const LONGEST_TEXT = 4_000;
const TALLEST_PX = 120;
/** A sign of typing is repeated after so long, and taken back after so long without a key. */
const TYPING_EVERY_MS = 1_500;
const TYPING_ENDS_MS = 4_000;

export interface ComposerEvents {
  /** She begins: from now on what led her here stays. */
  touched(): void;
  said(text: string): void;
  /** What stands in the box now. */
  drafted(text: string): void;
  typing(isOn: boolean, text: string): void;
}

export class Composer {
  readonly element: HTMLElement;
  readonly #box: HTMLTextAreaElement;
  readonly #events: ComposerEvents;
  #typingSince = 0;
  #typingEnds: ReturnType<typeof setTimeout> | undefined;

  constructor(texts: Texts, placeholder: string | undefined, draft: string, events: ComposerEvents) {
    this.#events = events;
    this.#box = h('textarea', {
      rows: 1,
      maxlength: LONGEST_TEXT,
      dir: 'auto',
      placeholder: placeholder ?? texts.placeholder,
      'aria-label': texts.message,
      enterkeyhint: 'send',
      onfocus: () => events.touched(),
      oninput: () => this.#changed(),
      onkeydown: (event) => this.#pressed(event),
    });
    this.#box.value = draft;
    this.element = h(
      'form',
      {
        class: 'composer',
        onsubmit: (event) => {
          event.preventDefault();
          this.#send();
        },
      },
      this.#box,
      h('button', { type: 'submit', class: 'send', 'aria-label': texts.send }, icon(ICONS.send)),
    );
  }

  focus(): void {
    this.#box.focus();
    this.#grow();
  }

  #pressed(event: Event): void {
    if (!(event instanceof KeyboardEvent) || event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #send(): void {
    const text = this.#box.value.trim();
    if (text === '') return;
    this.#box.value = '';
    this.#stopTyping();
    this.#grow();
    this.#events.drafted('');
    this.#events.said(text);
  }

  #changed(): void {
    const text = this.#box.value;
    this.#grow();
    this.#events.drafted(text);
    clearTimeout(this.#typingEnds);
    if (text === '') {
      this.#stopTyping();
      return;
    }
    if (Date.now() - this.#typingSince > TYPING_EVERY_MS) {
      this.#typingSince = Date.now();
      this.#events.typing(true, text);
    }
    this.#typingEnds = setTimeout(() => this.#stopTyping(), TYPING_ENDS_MS);
  }

  #stopTyping(): void {
    clearTimeout(this.#typingEnds);
    if (this.#typingSince === 0) return;
    this.#typingSince = 0;
    this.#events.typing(false, '');
  }

  #grow(): void {
    this.#box.style.height = 'auto';
    this.#box.style.height = `${Math.min(this.#box.scrollHeight, TALLEST_PX)}px`;
  }
}
