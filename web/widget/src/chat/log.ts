// The messages of a conversation as a list that changes only where they did.

import { type Conversation, isTheirs, type Mark, markOf } from '../conversation.ts';
import { h, ICONS, icon, unseen } from '../dom.ts';
import { linked } from '../links.ts';
import { onceSeen } from '../page.ts';
import type { Texts } from '../texts.ts';

/** Closer to the end than this is at the end: new messages are followed. */
const AT_END_PX = 48;

const MARK_ICONS: Record<Mark, string> = {
  sending: ICONS.waiting,
  failed: ICONS.close,
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

export interface Log {
  element: HTMLElement;
  /** Draw what changed; `greeting` is what the visitor was shown before there was a conversation. */
  update(conversation: Conversation, greeting: string | undefined): void;
  scrollToEnd(): void;
}

/** One line as it is to be drawn. */
interface Line {
  key: string;
  isTheirs: boolean;
  text: string;
  at?: string;
  name?: string | null | undefined;
  mark?: Mark;
}

/** Draw the list; it begins empty. */
export function log(texts: Texts, language: string, events: LogEvents): Log {
  const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
  const list = h('ol');
  const typing = h('p', { class: 'typing', hidden: true });
  const element = h('div', { class: 'log', tabindex: 0, role: 'region', 'aria-label': texts.chat }, list, typing);
  /** The lines by key, and what they looked like when they were drawn. */
  let drawn = new Map<string, { look: string; element: HTMLLIElement }>();
  let watched: Element | null | undefined;
  let stopWatching = () => {};

  function update(conversation: Conversation, greeting: string | undefined): void {
    const isFollowed = element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX || drawn.size === 0;
    const lines = linesOf(conversation, greeting);
    const before = drawn;
    drawn = new Map();
    lines.forEach((line, index) => {
      const next = lines[index + 1];
      const isFirst = !isSameAuthor(lines[index - 1], line);
      const isLast = !isSameAuthor(next, line) || next?.mark !== line.mark;
      const look = JSON.stringify([line, isFirst, isLast]);
      const known = before.get(line.key);
      const item = known?.look === look ? known.element : draw(line, isFirst, isLast);
      drawn.set(line.key, { look, element: item });
      const there = list.children[index];
      if (there !== item) list.insertBefore(item, there ?? null);
    });
    while (list.children.length > lines.length) list.lastChild?.remove();
    showTyping(conversation);
    if (isFollowed || lines.at(-1)?.mark === 'sending') scrollToEnd();
    watch(conversation);
  }

  function scrollToEnd(): void {
    element.scrollTop = element.scrollHeight;
  }

  /** Say so when the visitor has seen the last message of the other side. */
  function watch(conversation: Conversation): void {
    const last = conversation.messages.findLast(isTheirs)?.seq ?? 0;
    // The time below it: of a message that is longer than the list, half is never to be seen.
    const end = drawn.get(String(last))?.element.lastElementChild;
    if (last <= conversation.seenTo || end === watched || !end) return;
    stopWatching();
    watched = end;
    stopWatching = onceSeen(end, () => events.seen(last));
  }

  function showTyping({ isTyping, agent }: Conversation): void {
    if (typing.hidden !== isTyping) return;
    typing.hidden = !isTyping;
    typing.replaceChildren(h('i'), h('i'), h('i'), unseen(texts.isTyping(agent?.name ?? texts.adviser)));
  }

  function draw(line: Line, isFirst: boolean, isLast: boolean): HTMLLIElement {
    const { text, mark, name } = line;
    const isNamed = line.isTheirs && isFirst && name;
    return h(
      'li',
      { class: `${line.isTheirs ? 'theirs' : 'ours'}${isFirst ? ' first' : ''}` },
      isNamed
        ? h('span', { class: 'author', dir: 'auto' }, name)
        : unseen(line.isTheirs ? (name ?? texts.adviser) : texts.you),
      h('div', { class: line.isTheirs ? 'bubble' : 'bubble accent', dir: 'auto' }, ...linked(text)),
      isLast ? meta(line) : mark && unseen(texts[mark]),
    );
  }

  /** The time and, of the visitor's own, how far it got: a mark to see and a word to hear. */
  function meta({ key, at, mark }: Line): HTMLElement {
    const hasFailed = mark === 'failed';
    return h(
      'div',
      { class: `meta ${mark ?? ''}` },
      at && h('time', { datetime: at }, clock.format(new Date(at))),
      mark && icon(MARK_ICONS[mark]),
      mark && (hasFailed ? texts.failed : unseen(texts[mark])),
      hasFailed && h('button', { onclick: () => events.retry(key) }, texts.tryAgain),
    );
  }

  return { element, update, scrollToEnd };
}

function isSameAuthor(one: Line | undefined, other: Line): boolean {
  return one?.isTheirs === other.isTheirs && (!other.isTheirs || one.name === other.name);
}

function linesOf(conversation: Conversation, greeting: string | undefined): Line[] {
  const { messages, pending, agent } = conversation;
  const lines = messages.map((message): Line => {
    const { seq, text, at, name } = message;
    const line = { key: String(seq), isTheirs: isTheirs(message), text, at, name: name ?? agent?.name };
    return line.isTheirs ? line : { ...line, mark: markOf(conversation, seq) };
  });
  for (const { message, at, refused } of pending) {
    const mark = refused === undefined ? 'sending' : 'failed';
    lines.push({ key: message.client_msg_id, isTheirs: false, text: message.text, at, mark });
  }
  // The greeting becomes message 1 of the conversation that it leads to.
  if (greeting !== undefined && conversation.base === 0 && messages[0]?.seq !== 1) {
    lines.unshift({ key: 'greeting', isTheirs: true, text: greeting });
  }
  return lines;
}
