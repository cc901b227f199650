// Canned replies: found by what follows a `/` at the start of a word, inserted with their variables filled in.
import type { CannedReplyView } from '@router/protocol/agent';

/** What stands in braces in the texts. */
export type Variables = Record<string, string>;

/** The shortcut that is being written before the caret, and where its `/` stands; null when there is none. */
export function shortcutAt(text: string, caret: number): { start: number; words: string } | null {
  const found = /(?:^|\s)\/([^\s/]*)$/.exec(text.slice(0, caret));
  const words = found?.[1];
  return words === undefined ? null : { start: caret - words.length - 1, words };
}

/** Those whose shortcut or text has the words, a shortcut that begins with them first. */
export function matching(replies: CannedReplyView[], words: string): CannedReplyView[] {
  const wanted = words.toLocaleLowerCase();
  const begins = ({ shortcut }: CannedReplyView) => shortcut.toLocaleLowerCase().startsWith(wanted);
  const has = ({ texts }: CannedReplyView) =>
    Object.values(texts).some((text) => text.toLocaleLowerCase().includes(wanted));
  return [...replies.filter(begins), ...replies.filter((reply) => !begins(reply) && has(reply))];
}

/**
 * The text for a visitor: in her language, else in the first one that there is. An empty variable takes the space before
 * it along; an unknown one stays as it is.
 */
export function filledIn(reply: CannedReplyView, language: string | null, variables: Variables): string {
  const text = reply.texts[language ?? ''] ?? Object.values(reply.texts)[0] ?? '';
  return text.replace(/( ?)\{(\w+)\}/g, (written, space: string, name: string) => {
    const value = variables[name];
    return value === undefined ? written : value && space + value;
  });
}
