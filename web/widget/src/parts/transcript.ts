// The conversation as a text file that the visitor keeps.

import type { SiteForVisitor } from '@router/protocol/visitor';
import type { Conversation } from '../conversation.ts';
import { h } from '../dom.ts';

/** How long the browser may take to begin the download. */
const KEPT_MS = 10_000;

/** Hand the conversation out as a download. */
export function transcript(conversation: Conversation, site: SiteForVisitor): void {
  const written = new Blob([transcriptOf(conversation, site)], { type: 'text/plain;charset=utf-8' });
  const address = URL.createObjectURL(written);
  h('a', { href: address, download: `${site.name} ${new Date().toISOString().slice(0, 10)}.txt` }).click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}

/** One paragraph a message: when, who, what. */
export function transcriptOf(conversation: Conversation, { name: site, language }: SiteForVisitor): string {
  const you = language === 'fr' ? 'Vous' : 'You';
  const clock = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const paragraphs = conversation.messages.map(({ from, name, at, text }) => {
    const author = from === 'visitor' ? you : (name ?? site);
    return `${clock.format(new Date(at))} · ${author}\n${text}\n`;
  });
  return [`${site}\n`, ...paragraphs].join('\n');
}
