import { describe, expect, it } from 'vitest';
import { Retryable } from '../../../lib/index.js';
import { ApiErrorResponses, createApiErrorResponses } from '../../../lib/swagger/index.js';

class Adapter {
  @Retryable({ platform: 'meta' })
  async retried(): Promise<void> {}

  @Retryable(false)
  async excluded(): Promise<void> {}

  plain() {}
  readonly name = 'adapter';
}

// What JavaScript, or a type assertion, lets through.
const loose = ApiErrorResponses as unknown as (...args: unknown[]) => MethodDecorator;
const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  return 'nothing was wrong';
};

describe('@ApiErrorResponses', () => {
  it.each<[unknown[], string]>([
    [
      [{ types: ['TOKEN_EXPIERD'] }],
      "Expected `types` to be a list of types of errors that this package knows, and of errors, got a list of 'TOKEN_EXPIERD' (in @ApiErrorResponses).",
    ],
    [
      [{ types: 'TOKEN_EXPIRED' }],
      "Expected `types` to be a list of types of errors that this package knows, and of errors, got 'TOKEN_EXPIRED' (in @ApiErrorResponses).",
    ],
    [
      [{ platform: [''] }],
      "Expected `platform` to be a non-empty string or a list of such, got a list of '' (in @ApiErrorResponses).",
    ],
    [
      [{ locale: 'fr' }],
      "Expected `locale` to be 'zh-CN', 'en', got 'fr' (in @ApiErrorResponses).",
    ],
    [
      [{ type: 'TOKEN_EXPIRED' }],
      'Unknown option `type` (in @ApiErrorResponses). Known are: types, platform, locale.',
    ],
    [['meta'], "Expected the options to be an object, got 'meta' (in @ApiErrorResponses)."],
    [
      [undefined, 'retried'],
      'Expected a class before the names of its methods, got undefined: two files that import each other see one of their classes too early (in @ApiErrorResponses).',
    ],
    [
      [Adapter, 'missing'],
      'Expected `missing` to be a method of Adapter with @Retryable, got none: `types` and `platform` name other errors (in @ApiErrorResponses).',
    ],
    [
      [Adapter, 'plain'],
      'Expected `plain` to be a method of Adapter with @Retryable, got one without: `types` and `platform` name other errors (in @ApiErrorResponses).',
    ],
    [
      [Adapter, 'excluded'],
      'Expected `excluded` to be a method of Adapter with @Retryable, got one without: `types` and `platform` name other errors (in @ApiErrorResponses).',
    ],
  ])('says what is wrong with %j', (args, sentence) => {
    expect(messageOf(() => loose(...args))).toBe(`TypeError: ${sentence}`);
  });

  it.each<[string, unknown[]]>([
    ['a class', [Adapter]],
    ['a method', [Adapter.prototype, 'plain', { value: () => undefined }]],
  ])('says that it has to be called where it stands on %s without that', (_, args) => {
    expect(messageOf(() => loose(...args))).toContain('called, as in `@ApiErrorResponses()`');
  });

  it('says where it belongs', () => {
    expect(
      messageOf(() => ApiErrorResponses()(Adapter.prototype, 'name', undefined as never)),
    ).toBe(
      'TypeError: Expected @ApiErrorResponses to stand on a route handler or a controller (on Adapter.name).',
    );
  });

  it('has types that know the methods of a service and the types of errors', () => {
    // @ts-expect-error -- a field
    expect(() => ApiErrorResponses(Adapter, 'name')).toThrow(TypeError);
    // @ts-expect-error -- no such method
    expect(() => ApiErrorResponses(Adapter, 'retired')).toThrow(TypeError);
    // @ts-expect-error -- no such type
    expect(() => ApiErrorResponses({ types: ['TOKEN'] })).toThrow(TypeError);
  });
});

describe('createApiErrorResponses', () => {
  it('checks the errors as the module does', () => {
    expect(messageOf(() => createApiErrorResponses({ httpStatus: { TOKEN_EXPIRED: 200 } }))).toBe(
      'TypeError: Expected `TOKEN_EXPIRED` to be an HTTP status from 400 to 599, got 200 (in createApiErrorResponses, `errors.httpStatus`).',
    );
  });
});
