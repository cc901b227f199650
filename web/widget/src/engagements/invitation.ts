// The invitation (A2): in the foreground, the page darkened and out of reach behind it, until it is accepted or refused.
// A modal dialog of the browser's own keeps the focus inside and gives it back afterwards; Escape refuses.

import type { Offer, SiteTemplate } from '@router/protocol/visitor';
import { h } from '../dom.ts';
import { safeAddress } from '../links.ts';
import { dress } from '../root.ts';
import type { Texts } from '../texts.ts';

export interface Answers {
  accept(): void;
  refuse(): void;
}

/** Draw the invitation; `showModal` shows it once it is on the page. */
export function invitation(
  offer: Offer,
  template: SiteTemplate | undefined,
  texts: Texts,
  answers: Answers,
): HTMLDialogElement {
  const words = template?.texts ?? {};
  const source = template?.picture ? safeAddress(template.picture, location.href) : undefined;
  const dialog = h(
    'dialog',
    {
      class: template?.format === 'banner' ? 'invitation banner' : 'invitation',
      'aria-labelledby': 'invitation-title',
      'aria-describedby': 'invitation-body',
      oncancel: (event) => {
        event.preventDefault();
        answers.refuse();
      },
    },
    source === undefined ? undefined : h('img', { src: source, alt: '' }),
    h(
      'div',
      { class: 'words' },
      h('h2', { id: 'invitation-title', dir: 'auto' }, words.title ?? texts.hello),
      h('p', { id: 'invitation-body', dir: 'auto' }, words.body ?? offer.text ?? texts.canWeHelp),
    ),
    h(
      'div',
      { class: 'answers' },
      h('button', { type: 'button', class: 'accent', onclick: answers.accept }, words.accept ?? texts.accept),
      h('button', { type: 'button', onclick: answers.refuse }, words.refuse ?? texts.refuse),
    ),
  );
  dress(dialog, template?.colour);
  return dialog;
}
