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
  said(text: string): void;
  /** What stands in the box now. */
  drafted(text: string): void;
  typing(isOn: boolean, text: string): void;
}

export interface Composer {
  element: HTMLElement;
  /** Put this text in the box, unless it stands there. */
  show(draft: string): void;
  focus(): void;
}

/** Draw the box. */
export function composer(texts: Texts, placeholder: string | undefined, events: ComposerEvents): Composer {
  let toldAt = 0;
  let ending: ReturnType<typeof setTimeout> | undefined;
  const box = h('textarea', {
    rows: 1,
    maxlength: LONGEST_TEXT,
    dir: 'auto',
    placeholder: placeholder ?? texts.placeholder,
    'aria-label': texts.message,
    enterkeyhint: 'send',
    oninput: changed,
    onkeydown: (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      send();
    },
  });

  function send(): void {
    const text = box.value.trim();
    if (text === '') return;
    box.value = '';
    changed();
    events.said(text);
  }

  function changed(): void {
    const text = box.value;
    grow();
    events.drafted(text);
    clearTimeout(ending);
    if (text === '') {
      stopTyping();
      return;
    }
    if (Date.now() - toldAt > TYPING_EVERY_MS) {
      toldAt = Date.now();
      events.typing(true, text);
    }
    ending = setTimeout(stopTyping, TYPING_ENDS_MS);
  }

  function stopTyping(): void {
    if (toldAt === 0) return;
    toldAt = 0;
    events.typing(false, '');
  }

  function grow(): void {
    box.style.height = 'auto';
    box.style.height = `${Math.min(box.scrollHeight, TALLEST_PX)}px`;
  }

  const submitted = (event: Event) => {
    event.preventDefault();
    send();
  };
  return {
    element: h(
      'form',
      { class: 'composer', onsubmit: submitted },
      box,
      h('button', { class: 'icon accent', 'aria-label': texts.send }, icon(ICONS.send)),
    ),
    show(draft) {
      if (box.value === draft) return;
      box.value = draft;
      grow();
    },
    focus: () => box.focus(),
  };
}
