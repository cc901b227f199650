// The invitation (A2): in the foreground, the page darkened and out of reach behind it, until it is accepted or refused.
// A modal dialog of the browser's own keeps the focus inside and gives it back afterwards; Escape refuses.

import type { Offer, SiteTemplate } from '@router/protocol/visitor';
import { dress, h } from '../dom.ts';
import { safeAddress } from '../links.ts';
import styles from './invitation.css';

export { styles };

const ENGLISH = { title: 'Hello', body: 'Can we help you?', accept: 'Yes, please', refuse: 'No, thank you' };

const FRENCH: typeof ENGLISH = {
  title: 'Bonjour',
  body: 'Pouvons-nous vous aider ?',
  accept: 'Volontiers',
  refuse: 'Non merci',
};

export interface Answers {
  accept(): void;
  refuse(): void;
}

/** Draw the invitation; `showModal` shows it once it is on the page. */
export function invitation(
  offer: Offer,
  template: SiteTemplate | undefined,
  language: string,
  answers: Answers,
): HTMLDialogElement {
  const words = {
    ...(language === 'fr' ? FRENCH : ENGLISH),
    ...(offer.text && { body: offer.text }),
    ...template?.texts,
  };
  const picture = template?.picture && safeAddress(template.picture, location.href);
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
    picture ? h('img', { src: picture, alt: '' }) : undefined,
    h(
      'div',
      { class: 'words' },
      h('h2', { id: 'invitation-title', dir: 'auto' }, words.title),
      h('p', { id: 'invitation-body', dir: 'auto' }, words.body),
    ),
    h(
      'div',
      { class: 'answers' },
      h('button', { class: 'accent', onclick: () => answers.accept() }, words.accept),
      h('button', { onclick: () => answers.refuse() }, words.refuse),
    ),
  );
  dress(dialog, template?.colour);
  return dialog;
}
