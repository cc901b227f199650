// The one element that the widget adds to the shop's page, and the shadow inside it where no style of the shop reaches.
// It is made when there is something to show, and added beside the body, so that no layout of the shop moves.

import tokens from '../../tokens.css';
import { h } from './dom.ts';
import styles from './styles.css';

export class Root {
  readonly #language: string;
  readonly #styled = new Set<string>();
  #host: HTMLElement | undefined;
  #surface: HTMLElement | undefined;
  #announcer: HTMLElement | undefined;

  constructor(language: string) {
    this.#language = language;
  }

  /** Put an element on the screen, after what is there. */
  add(element: HTMLElement): void {
    const surface = this.#surface ?? this.#make();
    // Some shops replace all that a page has when they navigate.
    if (this.#host !== undefined && !this.#host.isConnected) document.documentElement.append(this.#host);
    surface.append(element);
  }

  /** Take more styles, of a part that was loaded; the same ones again are nothing new. */
  style(text: string): void {
    if (this.#styled.has(text)) return;
    this.#styled.add(text);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    this.#host?.shadowRoot?.adoptedStyleSheets.push(sheet);
  }

  /** Let screen readers say something, without moving the focus. */
  announce(text: string): void {
    if (this.#surface === undefined) this.#make();
    this.#announcer?.replaceChildren(h('p', { dir: 'auto' }, text));
  }

  #make(): HTMLElement {
    const host = h('div', { 'data-router': '' });
    const shadow = host.attachShadow({ mode: 'open' });
    this.#host = host;
    this.style(tokens + styles);
    this.#announcer = h('div', { class: 'unseen', role: 'log', 'aria-live': 'polite' });
    this.#surface = h('div', { class: 'tokens', lang: this.#language }, this.#announcer);
    shadow.append(this.#surface);
    document.documentElement.append(host);
    return this.#surface;
  }
}

/** Dress an element in the colour that a template names, with writing on it that can be read. */
export function dress(element: HTMLElement, colour: string | null | undefined): void {
  const light = colour ? luminance(colour) : undefined;
  if (!colour || light === undefined) return;
  element.style.setProperty('--accent', colour);
  element.style.setProperty('--accent-hover', `color-mix(in srgb, ${colour} 86%, black)`);
  element.style.setProperty('--on-accent', light > EQUAL_CONTRAST ? '#14171d' : '#ffffff');
}

/** Relative luminance at which black and white writing have the same contrast. */
const EQUAL_CONTRAST = 0.18;

/** Relative luminance of `#rgb` or `#rrggbb`, after WCAG; undefined for anything else. */
export function luminance(colour: string): number | undefined {
  const digits = /^#(?:[0-9a-f]{3}){1,2}$/i.test(colour) ? colour.slice(1) : undefined;
  if (digits === undefined) return undefined;
  const size = digits.length / 3;
  const [red = 0, green = 0, blue = 0] = [0, 1, 2].map((index) => {
    const part = digits.slice(index * size, (index + 1) * size);
    const share = Number.parseInt(size === 1 ? part + part : part, 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
