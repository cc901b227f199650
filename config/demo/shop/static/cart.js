// The cart: quantities by product, its pages, and the order that it becomes. Amounts are in euros.

import { read, write } from './kept.js';
import { tell } from './widget.js';

const CENTS = 100;
const SHORTEST_ORDER_NUMBER = 10_000;

const products = JSON.parse(document.getElementById('products').textContent);
const euros = new Intl.NumberFormat(document.documentElement.lang, {
  style: 'currency',
  currency: 'EUR',
  maximumFractionDigits: 0,
});

export function add(id, number) {
  const cart = read('cart', {});
  const quantity = (cart[id] ?? 0) + number;
  const { [id]: _, ...others } = cart;
  write('cart', quantity > 0 ? { ...others, [id]: quantity } : others);
  showCart();
}

/** Show the cart wherever this page does, and let the rules know what it is worth. */
export function showCart() {
  const lines = Object.entries(read('cart', {})).filter(([id]) => id in products);
  const value = lines.reduce((sum, [id, quantity]) => sum + products[id].price * quantity, 0);
  const count = lines.reduce((sum, [, quantity]) => sum + quantity, 0);
  document.getElementById('cart-count').textContent = count;
  tell('set', { cart_value: value });

  const cart = document.getElementById('cart');
  if (cart) {
    cart.hidden = count === 0;
    document.getElementById('cart-empty').hidden = count > 0;
    cart.querySelector('.lines').replaceChildren(...lines.map(([id, quantity]) => line(id, quantity)));
  }
  for (const total of document.querySelectorAll('.total strong')) {
    total.textContent = euros.format(value);
  }
  return value;
}

function line(id, quantity) {
  const { name, url, price } = products[id];
  const item = document.getElementById('cart-line').content.firstElementChild.cloneNode(true);
  item.querySelector('img').src = `/demo/static/pictures/${id}.svg`;
  item.querySelector('a').textContent = name;
  item.querySelector('a').href = url;
  item.querySelector('output').textContent = quantity;
  item.querySelector('.price').textContent = euros.format(price * quantity);
  for (const button of item.querySelectorAll('button')) {
    button.addEventListener('click', () => add(id, Number(button.dataset.add)));
  }
  return item;
}

/** Turn the cart into an order; the page that follows reports it. */
export function order() {
  const id = `RL-${SHORTEST_ORDER_NUMBER + Math.floor(Math.random() * SHORTEST_ORDER_NUMBER * 9)}`;
  write('orders', [{ id, value: showCart(), on: new Date().toISOString() }, ...read('orders', [])]);
  write('cart', {});
}

/** The page after an order: a page that is loaded again reports it again, and the server counts it once. */
export function showOrder(place) {
  const [last] = read('orders', []);
  if (last) {
    place.textContent = last.id;
    tell('transaction', { id: last.id, amount: last.value * CENTS, currency: 'EUR' });
  }
}

export function listOrders(list) {
  const day = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'long' });
  const orders = read('orders', []);
  list.replaceChildren(
    ...orders.map(({ id, value, on }) => {
      const item = document.createElement('li');
      item.textContent = `${id} · ${day.format(new Date(on))} · ${euros.format(value)}`;
      return item;
    }),
  );
  return orders.length;
}
