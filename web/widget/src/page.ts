// The shop's page as the server is told of it: what is viewed, how large the window is, on which device.

import type { Device, PageView, Window as WindowSize } from '@router/protocol/visitor';

const LONGEST_URL = 8_192;
const LONGEST_TITLE = 512;

/** A text that nobody used before. `crypto.randomUUID` is missing on plain http. */
export function freshId(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}

/** The page as it is now, as a page event of its own. */
export function viewPage(url?: string): PageView {
  return {
    id: freshId(),
    url: new URL(url ?? location.href, location.href).href.slice(0, LONGEST_URL),
    referrer: document.referrer.slice(0, LONGEST_URL) || null,
    // An element of the page with the name `title` stands in the place of the text.
    title: String(document.title).slice(0, LONGEST_TITLE),
  };
}

export function windowSize(): WindowSize {
  return { width: innerWidth, height: innerHeight };
}

declare global {
  interface Navigator {
    /** Client hints; not in every browser. */
    userAgentData?: { mobile?: boolean; platform?: string };
  }
}

/** What tells a tablet from a computer whose name it bears. */
export function device(): Device {
  const { mobile = null, platform = null } = navigator.userAgentData ?? {};
  return { touch_points: navigator.maxTouchPoints, mobile, platform };
}

/** What looks whether the page is another one now, as `url` where the shop says so: then it is one in any case. */
export type Look = (isSaid?: boolean, url?: string) => void;

/** Call `changed` when an in-app navigation leads to another path or query; a fragment alone leads nowhere. */
export function watchNavigation(changed: (url?: string) => void): Look {
  let viewed = withoutFragment();
  const look: Look = (isSaid, url) => {
    const before = viewed;
    viewed = withoutFragment();
    if (isSaid || viewed !== before) changed(url);
  };
  // Shops set the title after the address.
  const lookSoon = () => setTimeout(look);
  for (const method of ['pushState', 'replaceState'] as const) {
    const original = history[method];
    history[method] = function (this: History, ...state: Parameters<History['pushState']>) {
      original.apply(this, state);
      lookSoon();
    };
  }
  addEventListener('popstate', lookSoon);
  return look;
}

function withoutFragment(): string {
  return location.href.split('#')[0] ?? '';
}

/** Call `resized` once the window has kept its new size for a moment. */
export function watchSize(resized: () => void): void {
  const settledAfterMs = 300;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  addEventListener('resize', () => {
    clearTimeout(waiting);
    waiting = setTimeout(resized, settledAfterMs);
  });
}

/** Call `seen` once, when at least half of the element is on the screen of a page that is looked at. Returns a stop. */
export function onceSeen(element: Element, seen: () => void): () => void {
  let isInView = false;
  const judge = () => {
    if (!isInView || document.visibilityState !== 'visible') return;
    stop();
    seen();
  };
  const observer = new IntersectionObserver(
    (entries) => {
      isInView = entries.at(-1)?.isIntersecting === true;
      judge();
    },
    { threshold: 0.5 },
  );
  const stop = () => {
    observer.disconnect();
    document.removeEventListener('visibilitychange', judge);
  };
  observer.observe(element);
  document.addEventListener('visibilitychange', judge);
  return stop;
}
