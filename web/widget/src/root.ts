// The one element that the widget adds to the shop's page, and the shadow inside it where no style of the shop reaches.
// It is made when there is something to show, and added beside the body, so that no layout of the shop moves.

import tokens from '../../tokens.css';
import chatStyles from './chat/chat.css';
import { h } from './dom.ts';
import launcherStyles from './launcher.css';
import styles from './styles.css';

export interface Root {
  /** Put an element on the screen, after what is there. */
  add(element: HTMLElement): void;
  /** Take the styles of a part that was loaded; the same ones again are nothing new. */
  style(text: string): void;
  /** Let screen readers say something, without moving the focus. */
  announce(text: string): void;
}

/** Make the element, and put it on the page. */
export function makeRoot(language: string): Root {
  const host = h('div', { 'data-router': '' });
  const shadow = host.attachShadow({ mode: 'open' });
  const announcer = h('div', { class: 'unseen', role: 'log', 'aria-live': 'polite' });
  const surface = h('div', { class: 'tokens', lang: language }, announcer);
  const taken = new Set<string>();
  const style = (text: string) => {
    if (taken.has(text)) return;
    taken.add(text);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    shadow.adoptedStyleSheets.push(sheet);
  };
  style(tokens + styles + launcherStyles + chatStyles);
  shadow.append(surface);
  return {
    add(element) {
      surface.append(element);
      // Some shops replace all that a page has when they navigate.
      if (!host.isConnected) document.documentElement.append(host);
    },
    style,
    announce: (text) => announcer.replaceChildren(h('p', { dir: 'auto' }, text)),
  };
}
