// Custom data of the shop's page. One value of the wrong kind would spoil the whole message, so it is left out here.

export type Data = Record<string, string | number | boolean | null>;

const LONGEST_NAME = 64;
const LONGEST_TEXT = 500;
/** The server takes as many in a message. */
const MOST_VALUES = 50;

declare global {
  interface Window {
    /** Custom data of shops that come from another product, read as they are. */
    idzCustomData?: unknown;
  }
}

/** Those values that can be told: texts, finite numbers, booleans, and null to take one back; none that is too long. */
export function tellable(values: unknown): Data {
  if (typeof values !== 'object' || values === null) return {};
  const told = Object.entries(values).filter(([name, value]) => name.length <= LONGEST_NAME && isTellable(value));
  return Object.fromEntries(told.slice(0, MOST_VALUES));
}

/** What the page reports in a global of its own. */
export function shopData(): Data {
  return tellable(window.idzCustomData);
}

function isTellable(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= LONGEST_TEXT;
  return value === null || typeof value === 'boolean' || Number.isFinite(value);
}
