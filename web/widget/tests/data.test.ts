// What of a shop's data can be told.
import { expect, test } from 'vitest';
import { tellable } from '../src/data.ts';

test('one value of the wrong kind, or one that is too long, keeps no other back', () => {
  const values = { cart_value: 12, name: 'Léa', logged_in: true, gone: null };
  const odd = {
    list: [1],
    object: {},
    nothing: undefined,
    endless: Number.POSITIVE_INFINITY,
    none: Number.NaN,
    call: () => {},
    long: 'x'.repeat(501),
    ['n'.repeat(65)]: 1,
  };
  expect(tellable({ ...odd, ...values })).toEqual(values);
  expect(tellable({ text: 'x'.repeat(500) })).toEqual({ text: 'x'.repeat(500) });
});

test.each([undefined, null, 'text', 5])('%j is no data', (values) => {
  expect(tellable(values)).toEqual({});
});
