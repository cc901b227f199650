// How content the visitor is with a conversation that has ended: one of five, and a word if she likes (K1).

import { h } from '../dom.ts';
import type { DrawPart } from '../parts.ts';
import styles from './rating.css';

export { styles };

const LONGEST_COMMENT = 4_000;

const ENGLISH = {
  question: 'How was this conversation?',
  scores: ['Very bad', 'Bad', 'Fair', 'Good', 'Very good'],
  comment: 'A word about it, if you like',
  send: 'Send',
  thanks: 'Thank you for telling us.',
};

const FRENCH: typeof ENGLISH = {
  question: 'Comment s’est passée cette discussion ?',
  scores: ['Très mal', 'Mal', 'Moyen', 'Bien', 'Très bien'],
  comment: 'Un mot, si vous le souhaitez',
  send: 'Envoyer',
  thanks: 'Merci de votre avis.',
};

/** Ask once. */
export const draw: DrawPart = (language, { rated }) => {
  const texts = language === 'fr' ? FRENCH : ENGLISH;
  const comment = h('textarea', {
    rows: 2,
    maxlength: LONGEST_COMMENT,
    dir: 'auto',
    'aria-label': texts.comment,
    placeholder: texts.comment,
  });
  const more = h(
    'div',
    { class: 'more', hidden: true },
    comment,
    h('button', { type: 'submit', class: 'primary accent' }, texts.send),
  );
  const scores = texts.scores.map((words, index) =>
    h(
      'label',
      { title: words },
      h('input', {
        type: 'radio',
        name: 'score',
        value: index + 1,
        required: true,
        onchange: () => more.removeAttribute('hidden'),
      }),
      h('span', { 'aria-hidden': 'true' }, String(index + 1)),
      h('span', { class: 'unseen' }, words),
    ),
  );
  const form = h(
    'form',
    {
      class: 'rating',
      onsubmit: (event) => {
        event.preventDefault();
        rated(Number(new FormData(form).get('score')), comment.value.trim());
        form.replaceChildren(h('p', { role: 'status' }, texts.thanks));
      },
    },
    h('fieldset', {}, h('legend', {}, texts.question), h('div', { class: 'scores' }, ...scores)),
    more,
  );
  return form;
};
