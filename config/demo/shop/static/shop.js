// Every page of the shop: what it tells the widget of itself, and what can be done on it.

import { openAccount, reportCustomer } from './account.js';
import { add, order, showCart, showOrder } from './cart.js';
import { tell } from './widget.js';

const products = JSON.parse(document.getElementById('products').textContent);

reportCustomer();
showCart();

const product = document.querySelector('[data-product]');
if (product) {
  const id = product.dataset.product;
  tell('set', { product_name: products[id].name, product_price: products[id].price });
  document.getElementById('add').addEventListener('click', () => add(id, 1));
}

const checkout = document.getElementById('checkout');
checkout?.addEventListener('submit', (event) => {
  event.preventDefault();
  order();
  location.assign(checkout.action);
});

const placed = document.getElementById('order');
if (placed) {
  showOrder(placed);
}

const account = document.getElementById('account');
if (account) {
  openAccount(account);
}
