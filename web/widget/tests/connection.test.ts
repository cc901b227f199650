// How long a lost socket is waited for.
import { expect, test } from 'vitest';
import { waitBefore } from '../src/connection.ts';

test('attempts are spread over the whole of a time that doubles, up to half a minute', () => {
  expect([0, 1, 2, 3].map((attempt) => waitBefore(attempt, 0, 1))).toEqual([500, 1000, 2000, 4000]);
  expect(waitBefore(40, 0, 1)).toBe(30_000);
  expect(waitBefore(5, 0, 0)).toBe(0);
});

test('the server is given the time that it asks for, and jitter after it', () => {
  expect([0, 0.5, 1].map((chance) => waitBefore(0, 3, chance))).toEqual([3000, 4500, 6000]);
});
