// The messages of a conversation as a list that changes only where they did.

import { type Conversation, isTheirs, type Mark, type Message, markOf } from '../conversation.ts';
import { h, ICONS, icon, unseen } from '../dom.ts';
import { linked } from '../links.ts';
import { onceSeen } from '../page.ts';
import type { Texts } from '../texts.ts';

/** Closer to the end than this is at the end: new messages are followed. */
const AT_END_PX = 48;

const MARK_ICONS: Record<Mark, string> = {
  sending: ICONS.waiting,
  failed: ICONS.failed,
  stored: ICONS.stored,
  delivered: ICONS.delivered,
  read: ICONS.delivered,
};

export interface LogEvents {
  /** The visitor saw everything up to this message. */
  seen(seq: number): void;
  /** She wants a refused message to be sent again. */
  retry(id: string): void;
}

/** One line as it is to be drawn. */
interface Line {
  key: string;
  isTheirs: boolean;
  text: string;
  at: string | undefined;
  name: string | undefined;
  mark?: Mark;
}

/** The lines on the screen by key, and what they looked like when they were drawn. */
type Drawn = Map<string, { look: string; element: HTMLLIElement }>;

export class Log {
  readonly element: HTMLElement;
  readonly #list = h('ol');
  readonly #typing = h('p', { class: 'typing', hidden: true });
  readonly #texts: Texts;
  readonly #events: LogEvents;
  readonly #clock: Intl.DateTimeFormat;
  #drawn: Drawn = new Map();
  #watched = 0;
  #stopWatching: () => void = () => {};

  constructor(texts: Texts, language: string, events: LogEvents) {
    this.#texts = texts;
    this.#events = events;
    this.#clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
    this.element = h(
      'div',
      { class: 'log', tabindex: 0, role: 'region', 'aria-label': texts.chat },
      this.#list,
      this.#typing,
    );
  }

  /** Draw what changed; `greeting` is what the visitor was shown before there was a conversation. */
  update(conversation: Conversation, greeting: string | undefined): void {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    const wasAtEnd = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    const before = this.#drawn.size;
    const lines = linesOf(conversation, greeting, this.#texts);
    const drawn: Drawn = new Map();
    lines.forEach((line, index) => {
      const next = lines[index + 1];
      const isFirst = lines[index - 1]?.isTheirs !== line.isTheirs;
      const isLast = next?.isTheirs !== line.isTheirs || next.mark !== line.mark;
      const look = `${line.mark} ${isFirst} ${isLast}`;
      const known = this.#drawn.get(line.key);
      const element = known?.look === look ? known.element : this.#draw(line, isFirst, isLast);
      drawn.set(line.key, { look, element });
      const there = this.#list.children[index];
      if (there !== element) this.#list.insertBefore(element, there ?? null);
    });
    while (this.#list.children.length > lines.length) this.#list.lastChild?.remove();
    this.#drawn = drawn;
    this.#showTyping(conversation);
    if (wasAtEnd || lines.at(-1)?.mark === 'sending' || before === 0) this.scrollToEnd();
    this.#watch(conversation);
  }

  scrollToEnd(): void {
    this.element.scrollTop = this.element.scrollHeight;
  }

  /** Say so when the visitor has seen the last message of the other side. */
  #watch(conversation: Conversation): void {
    const last = conversation.messages.findLast(isTheirs);
    if (last === undefined || last.seq <= conversation.seenTo || last.seq === this.#watched) return;
    const element = this.#drawn.get(keyOf(last))?.element;
    if (element === undefined) return;
    this.#stopWatching();
    this.#watched = last.seq;
    this.#stopWatching = onceSeen(element, () => this.#events.seen(last.seq));
  }

  #showTyping(conversation: Conversation): void {
    this.#typing.hidden = !conversation.isTyping;
    if (!conversation.isTyping || this.#typing.childElementCount > 0) return;
    const name = conversation.agent?.name ?? this.#texts.adviser;
    this.#typing.append(h('i'), h('i'), h('i'), unseen(this.#texts.isTyping(name)));
  }

  #draw(line: Line, isFirst: boolean, isLast: boolean): HTMLLIElement {
    const author = line.isTheirs ? (line.name ?? this.#texts.adviser) : this.#texts.you;
    const showsName = line.isTheirs && isFirst;
    return h(
      'li',
      { class: `${line.isTheirs ? 'theirs' : 'ours'}${isFirst ? ' first' : ''}` },
      showsName && line.name ? h('span', { class: 'author', dir: 'auto' }, author) : unseen(author),
      h('div', { class: 'bubble', dir: 'auto' }, ...linked(line.text)),
      isLast ? this.#meta(line) : line.mark && unseen(this.#texts[line.mark]),
    );
  }

  /** The time and, of the visitor's own, how far it got: a mark to see and a word to hear. */
  #meta(line: Line): HTMLElement {
    const { mark } = line;
    return h(
      'div',
      { class: `meta ${mark ?? ''}` },
      line.at === undefined ? undefined : h('time', { datetime: line.at }, this.#clock.format(new Date(line.at))),
      mark && icon(MARK_ICONS[mark]),
      mark && (mark === 'failed' ? this.#texts.failed : unseen(this.#texts[mark])),
      mark === 'failed'
        ? h('button', { type: 'button', onclick: () => this.#events.retry(line.key) }, this.#texts.tryAgain)
        : undefined,
    );
  }
}

function keyOf(message: Message): string {
  return String(message.seq);
}

function linesOf(conversation: Conversation, greeting: string | undefined, texts: Texts): Line[] {
  const { messages, pending, agent } = conversation;
  const lines = messages.map((message): Line => {
    const { text, at, name } = message;
    const line = { key: keyOf(message), isTheirs: isTheirs(message), text, at, name: name ?? agent?.name };
    return line.isTheirs ? line : { ...line, mark: markOf(conversation, message.seq) };
  });
  for (const { message, at, refused } of pending) {
    const mark = refused === undefined ? 'sending' : 'failed';
    lines.push({ key: message.client_msg_id, isTheirs: false, text: message.text, at, name: texts.you, mark });
  }
  // The greeting becomes message 1 of the conversation that it leads to.
  if (greeting !== undefined && conversation.base === 0 && messages[0]?.seq !== 1) {
    lines.unshift({ key: 'greeting', isTheirs: true, text: greeting, at: undefined, name: undefined });
  }
  return lines;
}
