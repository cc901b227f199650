// The customer's account: a log-in without a server, and three views that change the address without loading a page.

import { listOrders } from './cart.js';
import { read, write } from './kept.js';
import { tell } from './widget.js';

/** Let the rules know who shops, on every page. */
export function reportCustomer() {
  const customer = read('customer', null);
  tell('set', { logged_in: customer !== null, segment: customer?.segment ?? null });
}

export function showAccount(account) {
  const login = document.getElementById('login');
  const customer = read('customer', null);
  login.hidden = customer !== null;
  account.hidden = customer === null;
  for (const place of account.querySelectorAll('[data-customer]')) {
    const value = customer?.[place.dataset.customer] ?? '';
    place.textContent = login.querySelector(`option[value="${CSS.escape(value)}"]`)?.textContent ?? value;
  }
  account.querySelector('.none').hidden = listOrders(account.querySelector('.orders')) > 0;
  showView(account);
}

export function openAccount(account) {
  const login = document.getElementById('login');
  login.addEventListener('submit', (event) => {
    event.preventDefault();
    enter(account, Object.fromEntries(new FormData(login)));
  });
  document.getElementById('logout').addEventListener('click', () => enter(account, null));
  for (const tab of account.querySelectorAll('.tabs a')) {
    tab.addEventListener('click', (event) => {
      event.preventDefault();
      history.pushState(null, '', tab.href);
      showView(account);
    });
  }
  addEventListener('popstate', () => showView(account));
  showAccount(account);
}

function enter(account, customer) {
  write('customer', customer);
  reportCustomer();
  showAccount(account);
}

function showView(account) {
  for (const view of account.querySelectorAll('[data-path]')) {
    view.hidden = view.dataset.path !== location.pathname;
  }
  for (const tab of account.querySelectorAll('.tabs a')) {
    const isCurrent = tab.pathname === location.pathname;
    tab.setAttribute('aria-current', isCurrent ? 'page' : 'false');
    if (isCurrent) {
      document.title = `${tab.textContent} · Les Roues Libres`;
    }
  }
}
