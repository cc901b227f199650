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
  /** Put what there is on the page again, where the shop took it away. */
  attach(): void;
  /** Let screen readers say something, without moving the focus. */
  announce(text: string): void;
}

/** After so long screen readers know of the announcer, and so long what is announced stays there. */
const NOTICED_MS = 100;
const SAID_MS = 10_000;

/** Make the element, and put it on the page. */
export function makeRoot(language: string): Root {
  // What is typed here is no short cut of the shop.
  const stop = (event: Event) => event.stopPropagation();
  const host = h('div', { 'data-router': '', onkeydown: stop, onkeypress: stop, onkeyup: stop });
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
  const attach = () => {
    if (!host.isConnected) document.documentElement.append(host);
  };
  attach();
  // Some shops replace all that a page has when they navigate.
  new MutationObserver(attach).observe(document.documentElement, { childList: true });
  return {
    add: (element) => surface.append(element),
    style,
    attach,
    announce(text) {
      const said = h('p', { dir: 'auto' }, text);
      // What comes together with the place for it is not heard.
      setTimeout(() => announcer.append(said), NOTICED_MS);
      setTimeout(() => said.remove(), SAID_MS);
    },
  };
}
