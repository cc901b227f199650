// A question left while nobody can answer, with the address to answer to.

import { h } from '../dom.ts';
import type { DrawPart } from '../parts.ts';
import styles from './offline_form.css';

export { styles };

const LONGEST_TEXT = 3_700;
const LONGEST_NAME = 512;
const LONGEST_EMAIL = 254;

const ENGLISH = {
  name: 'Name',
  email: 'E-mail',
  text: 'Your message',
  send: 'Send',
  thanks: 'Thank you: your message is on its way, and we answer by e-mail.',
};

const FRENCH: typeof ENGLISH = {
  name: 'Nom',
  email: 'E-mail',
  text: 'Votre message',
  send: 'Envoyer',
  thanks: 'Merci : votre message est transmis, nous répondons par e-mail.',
};

/** Ask for the question once, and thank when it is stored; until then it stands here and among the messages. */
export const draw: DrawPart = (language, { question, asking, left }) => {
  const texts = language === 'fr' ? FRENCH : ENGLISH;
  const name = h('input', { type: 'text', autocomplete: 'name', maxlength: LONGEST_NAME, dir: 'auto' });
  const email = h('input', { type: 'email', autocomplete: 'email', maxlength: LONGEST_EMAIL, required: true });
  const text = h('textarea', { rows: 4, maxlength: LONGEST_TEXT, required: true, dir: 'auto' });
  const send = h('button', { type: 'submit', class: 'primary accent' }, texts.send);
  const written = () => ({ text: text.value, email: email.value, name: name.value });
  const before = question();
  name.value = before.name;
  email.value = before.email;
  text.value = before.text;
  const form = h(
    'form',
    {
      class: 'offline',
      oninput: () => asking(written()),
      onsubmit: (event) => {
        event.preventDefault();
        const { text, email, name } = written();
        if (text.trim() === '') return;
        send.disabled = true;
        left({ text: text.trim(), email, name: name.trim() }, () =>
          form.replaceChildren(h('p', { role: 'status' }, texts.thanks)),
        );
      },
    },
    h('label', {}, texts.name, name),
    h('label', {}, texts.email, email),
    h('label', {}, texts.text, text),
    send,
  );
  return form;
};
