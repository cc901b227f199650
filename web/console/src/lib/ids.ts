// Ids that nobody else makes. Not `crypto.randomUUID`: browsers have that one over https alone.

const ID_BYTES = 12;

export function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
