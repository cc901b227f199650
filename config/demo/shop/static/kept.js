// What the shop keeps in the browser: the cart, the customer and her orders. Without storage it lives as long as the page.

const memory = new Map();

export function read(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(`shop.${name}`)) ?? otherwise;
  } catch {
    return memory.get(name) ?? otherwise;
  }
}

export function write(name, value) {
  memory.set(name, value);
  try {
    localStorage.setItem(`shop.${name}`, JSON.stringify(value));
  } catch {
    // A private window: the memory of the page will do.
  }
}
