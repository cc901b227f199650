// Keys of the desk: one letter each, while nobody writes. The help sheet is made of the same table.

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
  search: ['/'],
  mine: ['m'],
  waiting: ['w'],
  help: ['?'],
};

/** The command of a key; null while somebody writes, or chooses in an open dialog. */
export function commandOf(event: KeyboardEvent): Command | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isBusy(event.target)) {
    return null;
  }
  const commands = Object.keys(KEYS) as Command[];
  return commands.find((command) => KEYS[command].includes(event.key)) ?? null;
}

function isBusy(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, dialog') !== null;
}
