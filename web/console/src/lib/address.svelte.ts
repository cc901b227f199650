// The address says what is shown: every conversation can be linked, and the browser's back button works.

export type Tab = 'mine' | 'waiting';

const BASE = '/console/';

class Address {
  #path = $state(location.pathname);

  constructor() {
    addEventListener('popstate', () => {
      this.#path = location.pathname;
    });
  }

  readonly #parts = $derived(this.#path.slice(BASE.length).split('/'));

  get tab(): Tab {
    return this.#parts[1] === 'waiting' ? 'waiting' : 'mine';
  }

  get conversation(): string | null {
    try {
      return decodeURIComponent(this.#parts[2] ?? '') || null;
    } catch {
      return null; // not everything that is escaped is text
    }
  }

  show(tab: Tab, conversation: string | null = null): void {
    const path = `${BASE}desk/${tab}${conversation ? `/${encodeURIComponent(conversation)}` : ''}`;
    if (path !== location.pathname) {
      history.pushState(null, '', path);
      this.#path = path;
    }
  }
}

export const address = new Address();
