import { Controller, Get } from '@nestjs/common';
import { expect, it } from 'vitest';
import { ERROR_TYPES, type KnownErrorType } from '../../../lib/errors/error-types.js';
import { RateLimitError, ServiceError, ValidationError } from '../../../lib/index.js';
import { ApiErrorResponses } from '../../../lib/swagger/index.js';
import { onBothAdapters } from '../../support/app.js';
import { OpenApi } from '../../support/openapi.js';

const all = Object.keys(ERROR_TYPES) as KnownErrorType[];
const withDetails = [
  new ValidationError({ field: 'name', errors: ['is empty', { field: 'a', message: 'b' }] }),
  new ServiceError('AD_PLATFORM_ERROR', { details: { platform_code: 100, required: 5 } }),
  new RateLimitError('meta', { retryAfter: 1.5 }),
];

@Controller()
class Handlers {
  @Get('all')
  @ApiErrorResponses({ types: all })
  all() {}

  @Get('details')
  @ApiErrorResponses({ types: withDetails })
  details() {}
}

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
}

/** Where a value is not what its schema says: nothing that the schema does not name, either. */
function misfits(schema: Schema | undefined, value: unknown, at: string): string[] {
  if (schema === undefined) return [`${at} is not in the schema`];
  if (schema.oneOf) {
    const fits = schema.oneOf.filter((each) => misfits(each, value, at).length === 0);
    return fits.length === 1 ? [] : [`${at} is ${fits.length} of its kinds`];
  }
  const type = Array.isArray(value) ? 'array' : typeof value;
  const isType = schema.type === 'integer' ? Number.isInteger(value) : type === schema.type;
  if (!isType) return [`${at} is no ${schema.type}`];
  if (schema.enum?.includes(value) === false) return [`${at} is not allowed`];
  if (Array.isArray(value)) return value.flatMap((item) => misfits(schema.items, item, `${at}[]`));
  if (type !== 'object') return [];
  const missing = (schema.required ?? []).filter((key) => !Object.hasOwn(value as object, key));
  const inside = Object.entries(value as object).flatMap(([key, item]) =>
    misfits(schema.properties?.[key], item, `${at}.${key}`),
  );
  return [...missing.map((key) => `${at}.${key} is missing`), ...inside];
}

onBothAdapters('the schema component', (testCase) => {
  const start = async () => new OpenApi((await testCase().controllers(Handlers).start()).nest);

  it('describes all that the examples have', async () => {
    const openApi = await start();
    const schema = openApi.document.components?.schemas?.['ErrorResponse'] as Schema;
    const examples = [...openApi.examples('/all'), ...openApi.examples('/details')];
    expect(examples.length).toBeGreaterThan(all.length);
    expect(examples.flatMap(([name, , body]) => misfits(schema, body, name))).toEqual([]);
    expect(misfits(schema, { status: 'ok', retry_allowed: true, more: 1 }, 'it')).toEqual([
      'it.error is missing',
      'it.status is not allowed',
      'it.more is not in the schema',
    ]);
  });

  it('is the only one that is added, and every response refers to it', async () => {
    const { document } = await start();
    expect(Object.keys(document.components?.schemas ?? {})).toEqual(['ErrorResponse']);
    const references = new Set(JSON.stringify(document.paths).match(/"\$ref":"[^"]*"/g));
    expect([...references]).toEqual(['"$ref":"#/components/schemas/ErrorResponse"']);
  });

  it('has its headers beside it: Retry-After and WWW-Authenticate where they are sent', async () => {
    const responses = (await start()).responses('/all');
    const always = ['Cache-Control', 'Content-Language', 'Vary'];
    for (const [status, { headers = {} }] of Object.entries(responses)) {
      if (Number(status) < 400) continue;
      const more = { 401: ['WWW-Authenticate'], 429: ['Retry-After'] }[status] ?? [];
      expect(Object.keys(headers)).toEqual(expect.arrayContaining([...always, ...more]));
      for (const name of always) expect(headers[name]?.required).toBe(true);
    }
    expect(responses[429]?.headers['Retry-After']).toMatchObject({
      required: true,
      schema: { type: 'integer', example: 60 },
    });
    expect(responses[401]?.headers['WWW-Authenticate']?.required).toBe(false);
    expect(responses[403]?.headers).not.toHaveProperty('Retry-After');
  });
});
