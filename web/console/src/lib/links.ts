// Addresses inside a text. Only http and https become links: nothing that a visitor writes can run.

export interface Piece {
  text: string;
  link: boolean;
}

const ADDRESS = /(https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}])/i;

/** The text in pieces, in order: links and what stands between them. */
export function pieces(text: string): Piece[] {
  return text
    .split(ADDRESS)
    .map((piece, index) => ({ text: piece, link: index % 2 === 1 }))
    .filter((piece) => piece.text !== '');
}
