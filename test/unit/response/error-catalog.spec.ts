import { describe, expect, it } from 'vitest';
import { ERROR_TYPES } from '../../../lib/errors/error-types.js';
import { CATALOG } from '../../../lib/response/error-catalog.js';
import { ERROR_TABLE } from '../errors/error-table.js';

describe('the catalog', () => {
  it('has an entry for every type, and no others', () => {
    expect(Object.keys(CATALOG).toSorted()).toEqual(Object.keys(ERROR_TYPES).toSorted());
  });

  it.each(ERROR_TABLE)(
    'answers $type with $httpStatus and the advice to wait $retryAfter s',
    ({ type, httpStatus, retryAfter }) => {
      expect(CATALOG[type].httpStatus).toBe(httpStatus);
      expect(CATALOG[type].retryAfter).toBe(retryAfter);
    },
  );

  it('sends a person to the page where an account is authorised, and nowhere else', () => {
    const links = Object.entries(CATALOG).filter(([, { actionUrl }]) => actionUrl !== undefined);
    expect(links.map(([type, { actionUrl }]) => [type, actionUrl])).toEqual([
      ['TOKEN_EXPIRED', '/settings/ad-accounts'],
      ['TOKEN_INVALID', '/settings/ad-accounts'],
    ]);
  });
});
