// What becomes a link in a text, and what never does.
import { expect, test } from 'vitest';
import { piecesOf, safeAddress } from '../src/links.ts';

const LINKS: [text: string, links: string[]][] = [
  ['See https://shop.example/a?b=c#d now', ['https://shop.example/a?b=c#d']],
  ['https://shop.example/a, https://shop.example/b.', ['https://shop.example/a', 'https://shop.example/b']],
  ['(https://shop.example/a)', ['https://shop.example/a']],
  ['https://shop.example/a_(b)', ['https://shop.example/a_(b)']],
  ['HTTP://SHOP.EXAMPLE', ['HTTP://SHOP.EXAMPLE']],
  ['javascript:alert(1)', []],
  ['data:text/html,<script>alert(1)</script>', []],
  ['<a href="https://shop.example">', ['https://shop.example']],
  ['https://', []],
  ['no link at all', []],
];

test.each(LINKS)('%s', (text, links) => {
  const pieces = piecesOf(text);
  expect(pieces.filter((piece) => piece.href !== undefined).map((piece) => piece.text)).toEqual(links);
  expect(pieces.map((piece) => piece.text).join('')).toBe(text);
});

test.each(['javascript:alert(1)', ' JaVaScRiPt:alert(1)', 'data:image/svg+xml,x', 'vbscript:x', 'file:///etc/passwd'])(
  '%s leads nowhere',
  (address) => {
    expect(safeAddress(address)).toBeUndefined();
  },
);
