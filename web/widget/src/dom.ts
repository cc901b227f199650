// Making elements without markup: texts become text nodes, so that nothing a person wrote is ever read as HTML.

/** Of an event as it comes with its name: TypeScript takes a method for it that wants a special one. */
type Listener = { listen(event: Event): unknown }['listen'];
export type Attributes = Record<string, string | number | boolean | Listener | undefined>;
export type Child = Node | string | false | undefined;

const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes (`on…` are listeners; those that are false or undefined are left out) and children. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => !!child));
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
  chat: 'M4 5h16v12h-8l-5 4v-4H4z',
  close: 'M6 6l12 12M18 6L6 18',
  less: 'M6 9.5l6 6 6-6',
  send: 'M4.5 12h13M12 6l6 6-6 6',
  waiting: 'M6 12h0M12 12h0M18 12h0',
  stored: 'M6 12.5l4 4 8-9',
  delivered: 'M3 12.5l4 4 8-9M12.5 16l.5.5 8-9',
};

/** Words for screen readers alone. */
export function unseen(text: string): HTMLElement {
  return h('span', { class: 'unseen' }, text);
}

/** Relative luminance at which black and white writing have the same contrast. */
const EQUAL_CONTRAST = 0.18;

/** Dress an element in the colour that a template names, `#rgb` or `#rrggbb`, with writing on it that can be read. */
export function dress(element: HTMLElement, colour: string | null | undefined): void {
  if (!colour) return;
  const isDark = luminance(colour) < EQUAL_CONTRAST;
  element.style.setProperty('--accent', colour);
  element.style.setProperty('--on-accent', isDark ? '#fff' : '#14171d');
}

function luminance(colour: string): number {
  const digits = colour.slice(1).match(colour.length < 5 ? /./g : /../g) ?? [];
  const [red = 0, green = 0, blue = 0] = digits.map((each) => (Number.parseInt(each.padEnd(2, each), 16) / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
