// Making elements without markup: texts become text nodes, so that nothing a person wrote is ever read as HTML.

type Listener = (event: Event) => unknown;
export type Attributes = Record<string, string | number | boolean | Listener | undefined>;
export type Child = Node | string | false | undefined;

const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes (`on…` are listeners, true stands alone, false and undefined are left out) and children. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** An icon of 24 × 24, drawn with lines in the colour of the text around it; screen readers pass over it. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  chat: 'M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4.5 3.5V17H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z',
  close: 'M6 6l12 12M18 6L6 18',
  less: 'M6 9.5l6 6 6-6',
  send: 'M4.5 12h13M12 6l6 6-6 6',
  waiting: 'M12 8v4.5l3 1.5M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z',
  stored: 'M6 12.5l4 4 8-9',
  delivered: 'M3 12.5l4 4 8-9M12.5 16l.5.5 8-9',
};

/** Words for screen readers alone. */
export function unseen(text: string): HTMLElement {
  return h('span', { class: 'unseen' }, text);
}
