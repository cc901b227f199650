// The floating button (A1): it opens the chat, and stands for it while it is minimised, with the number of new messages.

import type { SiteTemplate } from '@router/protocol/visitor';
import { dress, h, ICONS, icon } from './dom.ts';
import { safeAddress } from './links.ts';
import type { Texts } from './texts.ts';

export interface Launcher {
  element: HTMLButtonElement;
  /** Show how many messages are new. */
  count(unread: number): void;
}

/** Draw the button; without a label there is its icon alone. */
export function launcher(
  template: SiteTemplate | undefined,
  label: string,
  texts: Texts,
  pressed: () => void,
): Launcher {
  const badge = h('span', { class: 'badge', hidden: true, 'aria-hidden': 'true' });
  const element = h(
    'button',
    {
      class: `launcher accent${label ? ' wide' : ''}`,
      'data-position': template?.position ?? '',
      onclick: pressed,
    },
    picture(template?.picture) ?? icon(ICONS.chat),
    label ? h('span', { class: 'label', dir: 'auto' }, label) : undefined,
    badge,
  );
  dress(element, template?.colour);
  const name = label || texts.openChat;
  const count = (unread: number) => {
    badge.hidden = unread === 0;
    badge.textContent = unread > 9 ? '9+' : String(unread);
    element.setAttribute('aria-label', unread ? `${name}, ${texts.unread(unread)}` : name);
  };
  count(0);
  return { element, count };
}

function picture(address: string | null | undefined): HTMLElement | undefined {
  const source = address ? safeAddress(address, location.href) : undefined;
  return source === undefined ? undefined : h('img', { class: 'picture', src: source, alt: '' });
}
