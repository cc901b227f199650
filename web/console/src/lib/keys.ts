// Keys of the desk: one letter each, while nobody writes, or with Ctrl at any time. The help sheet is made of the same table.

export type Command =
  | 'next'
  | 'previous'
  | 'reply'
  | 'note'
  | 'transfer'
  | 'close'
  | 'search'
  | 'mine'
  | 'waiting'
  | 'help';

export const KEYS: Record<Command, string[]> = {
  next: ['j', 'ArrowDown'],
  previous: ['k', 'ArrowUp'],
  reply: ['r'],
  note: ['n'],
  transfer: ['t'],
  close: ['e'],
  search: ['/', 'Ctrl + K'],
  mine: ['m'],
  waiting: ['w'],
  help: ['?'],
};

/** The command of a key; null while somebody writes, or chooses in an open dialog, and for what is the browser's. */
export function commandOf(event: KeyboardEvent): Command | null {
  const isWithCtrl = event.ctrlKey || event.metaKey;
  if (event.altKey || event.defaultPrevented || (!isWithCtrl && isBusy(event.target)) || scrolls(event)) {
    return null;
  }
  const key = isWithCtrl ? `Ctrl + ${event.key.toUpperCase()}` : event.key;
  const commands = Object.keys(KEYS) as Command[];
  return commands.find((command) => KEYS[command].includes(key)) ?? null;
}

/** Arrows scroll the messages while those have the focus. */
function scrolls({ key, target }: KeyboardEvent): boolean {
  return key.startsWith('Arrow') && target instanceof Element && target.closest('[role="log"]') !== null;
}

function isBusy(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, dialog') !== null;
}
