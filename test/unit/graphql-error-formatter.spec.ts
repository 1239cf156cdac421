import { describe, expect, it } from 'vitest';
import {
  graphqlErrorFormatter,
  RateLimitError,
  type FormattedGraphqlError,
} from '../../lib/index.js';

const format = graphqlErrorFormatter({ locale: 'en' });
const located = (originalError: unknown) => Object.assign(new Error('located'), { originalError });

describe('the formatter of GraphQL errors', () => {
  it('makes the standard JSON of what a resolver has thrown, with or without a path', () => {
    const error = located(new RateLimitError('meta', { message: 'upstream said' }));
    for (const formatted of [{ message: 'upstream said', path: ['a', 0, 'b'] }, { message: 'x' }]) {
      const { message, extensions } = format<FormattedGraphqlError>(formatted, error);
      expect(message).not.toContain('upstream');
      expect(extensions).toMatchObject({ code: 'API_RATE_LIMIT', status: 'error' });
    }
  });

  it.each(['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED', 'BAD_USER_INPUT'])(
    'leaves what the server says of a query that it does not run: %s',
    (code) => {
      const formatted = { message: 'Expected value of type "Even"', extensions: { code } };
      expect(format(formatted, located(new TypeError('3 is odd')))).toBe(formatted);
    },
  );

  it('leaves what has no other error in it', () => {
    const formatted = { message: 'Must provide a query.' };
    expect(format(formatted, new Error('Must provide a query.'))).toBe(formatted);
  });
});
