// The one file of the script tag: <script src="https://…/widget.js" data-site="shop" async></script>
// `data-consent="false"` begins without the visitor's consent: nothing is stored until `router('consent', true)`.

import { type Api, makeApi, type Queued } from './api.ts';
import { watchNavigation, watchSize } from './page.ts';
import { loadPartsFrom } from './parts.ts';
import { makeStage } from './stage.ts';
import { makeStorage } from './storage.ts';

declare global {
  interface Window {
    router?: ((Api | Queued[] | ((...command: never[]) => void)) & { q?: unknown }) | null;
  }
}

function start(script: HTMLScriptElement): void {
  const site = script.dataset.site;
  if (site === undefined || isApi(window.router)) return;
  loadPartsFrom(script.src);
  const socketUrl = new URL(`ws/visitor?site=${encodeURIComponent(site)}`, script.src);
  socketUrl.protocol = socketUrl.protocol === 'https:' ? 'wss:' : 'ws:';

  const events = new EventTarget();
  const storage = makeStorage(site, script.dataset.consent !== 'false');
  const session = makeStage(socketUrl.href, storage, (message) => {
    events.dispatchEvent(new CustomEvent(message.type, { detail: message }));
  });
  const look = watchNavigation((url) => session.navigate(url));
  const api = makeApi(session, events, look);
  const queue = queueOf(window.router);
  if (queue !== undefined) window.router = api;
  api.push(...(queue ?? []));
  session.open();

  watchSize(() => session.resize());
  addEventListener('online', () => session.verify());
  addEventListener('pagehide', () => session.leavePage());
  addEventListener('pageshow', (event) => event.persisted && session.comeBack());
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && session.verify());
  dispatchEvent(new CustomEvent('router:ready', { detail: api }));
}

/** What was queued before: an array, or the arguments that a stub of the page collected in `q`. */
function queueOf(found: Window['router']): Queued[] | undefined {
  const queue = found == null || Array.isArray(found) ? (found ?? []) : found.q;
  // Another `router`, of the shop's own, stays what it is, be it a text or a form; the event hands out the API.
  return Array.isArray(queue) ? queue : undefined;
}

function isApi(found: Window['router']): found is Api {
  return typeof found === 'function' && 'transaction' in found;
}

if (document.currentScript instanceof HTMLScriptElement) start(document.currentScript);
