// Web addresses in what people write, made into links that lead nowhere but to http and https.

import { h } from './dom.ts';

const ADDRESS = /https?:\/\/[^\s<>"']+/gi;
const AFTER_ADDRESS = /[.,;:!?…)\]}»”’]+$/;

export interface Piece {
  text: string;
  /** Where it leads, when it is a link. */
  href?: string;
}

/** Cut a text into plain pieces and links; together they are the text again. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutPunctuation(match[0]);
    const href = safeAddress(address);
    if (href === undefined) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) });
    pieces.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

/** A text as nodes, its addresses as links that open a tab of their own and tell it nothing. */
export function linked(text: string): (Node | string)[] {
  return piecesOf(text).map((piece) =>
    piece.href === undefined
      ? piece.text
      : h('a', { href: piece.href, target: '_blank', rel: 'noopener noreferrer nofollow' }, piece.text),
  );
}

/** An absolute http or https address; undefined for anything else, whatever it pretends to be. */
export function safeAddress(address: string, base?: string): string | undefined {
  try {
    const url = new URL(address, base);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** The sentence around an address is not part of it; a closing bracket is when the address opened it. */
function withoutPunctuation(address: string): string {
  const ending = AFTER_ADDRESS.exec(address)?.[0];
  if (ending === undefined) return address;
  const bare = address.slice(0, -ending.length);
  return ending.startsWith(')') && bare.includes('(') ? `${bare})` : bare;
}
