// What is kept in the browser, and only with the visitor's consent: who she is, in a cookie that all sub-domains of the
// shop share; what this tab must not forget when its page is left, in the tab's session storage.

import { idOf, type Pending } from './conversation.ts';

const DAY_SECONDS = 24 * 60 * 60;
/** Thirteen months: as long as the server remembers a visitor. */
const KEPT_SECONDS = 395 * DAY_SECONDS;

/** What a tab takes from one page to the next. */
export interface Kept {
  tab?: string | undefined;
  conversation?: string | undefined;
  generation?: string | undefined;
  seenTo?: number | undefined;
  /** The engagement that the visitor answers. */
  engagement?: string | undefined;
  isOpen?: boolean | undefined;
  draft?: string | undefined;
  /** Whom to answer, as it stands in the form. */
  email?: string | undefined;
  name?: string | undefined;
  pending?: Pending[] | undefined;
}

export interface Storage {
  /** The visitor allows that something is kept, or takes it back: then nothing stays. */
  allow(isAllowed: boolean): void;
  isAllowed(): boolean;
  /** The signed token by which the server knows the visitor again. */
  visitor(): string | undefined;
  keepVisitor(token: string): void;
  /** Take what the page before left, if any; its tab id is not left behind, for a duplicated tab is another one. */
  take(): Kept | undefined;
  /** Keep this for the next page of the tab. */
  keep(kept: Kept): void;
}

/** What is kept of one site. */
export function makeStorage(site: string, consent: boolean): Storage {
  const name = `router_${site}`;
  let isAllowed = consent;
  const keep = (kept: Kept) => {
    if (isAllowed) quietly(() => sessionStorage.setItem(name, JSON.stringify(kept)));
  };
  return {
    allow(allowed) {
      isAllowed = allowed;
      if (allowed) return;
      quietly(() => sessionStorage.removeItem(name));
      if (readCookie(name) !== undefined) writeCookie(name, '', 0);
    },
    isAllowed: () => isAllowed,
    visitor: () => (isAllowed ? readCookie(name) : undefined),
    keepVisitor(token) {
      if (isAllowed) writeCookie(name, token, KEPT_SECONDS);
    },
    take() {
      const kept = isAllowed ? quietly(() => parseKept(sessionStorage.getItem(name) ?? '')) : undefined;
      if (kept !== undefined) keep({ ...kept, tab: undefined });
      return kept;
    },
    keep,
  };
}

/** Throws where others wrote something else in our place. */
function parseKept(text: string): Kept {
  const kept: Kept = JSON.parse(text);
  kept.pending?.map(idOf);
  return kept;
}

function readCookie(name: string): string | undefined {
  const found = document.cookie.split('; ').find((each) => each.startsWith(`${name}=`));
  return found?.slice(name.length + 1) || undefined;
}

/** Write a cookie on the widest domain that the browser lets us: it refuses public suffixes such as `co.uk`. */
function writeCookie(name: string, value: string, seconds: number): void {
  const labels = location.hostname.split('.');
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  const cookie = `${name}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax${secure}`;
  const isWritten = () => (readCookie(name) ?? '') === value;
  for (let count = 2; count <= labels.length; count += 1) {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is asynchronous and absent from plain http
    document.cookie = `${cookie}; Domain=${labels.slice(-count).join('.')}`;
    if (isWritten()) return;
  }
  // biome-ignore lint/suspicious/noDocumentCookie: as above
  document.cookie = cookie;
}

/** Storage throws where the browser forbids it, as in a sandboxed frame: then nothing is kept. */
function quietly<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
