import { Controller, Get, Injectable, NotFoundException, Param, Post } from '@nestjs/common';
import { expect, it } from 'vitest';
import {
  constant,
  ParkedError,
  PlatformTimeoutError,
  Retryable,
  ServiceError,
  type ErrorPresentationOptions,
  type ErrorResponse,
} from '../../../lib/index.js';
import { ERROR_TYPES, type KnownErrorType } from '../../../lib/errors/error-types.js';
import { createApiErrorResponses } from '../../../lib/swagger/index.js';
import { onBothAdapters, type Reply, type RunningApp } from '../../support/app.js';
import { OpenApi, type DocumentedResponse } from '../../support/openapi.js';

const errors: ErrorPresentationOptions = {
  httpStatus: { TOKEN_EXPIRED: 424, LEDGER_CLOSED: 409 },
  catalog: {
    en: {
      LEDGER_CLOSED: { message: 'The ledger is closed.', action: 'Pick another' },
      CONFLICT: { message: 'Somebody was faster.', actionUrl: '/reload' },
    },
  },
};
const ApiErrorResponses = createApiErrorResponses(errors);

class LedgerClosedError extends ServiceError {
  static override readonly publicDetails = [...ServiceError.publicDetails, 'ledger'];

  constructor(ledger: string) {
    super('LEDGER_CLOSED', { code: 7001, details: { ledger } });
  }
}

const OWN = [
  new LedgerClosedError('2024'),
  new NotFoundException('No such campaign'),
  new NotFoundException('No such account'),
];
const KNOWN = Object.keys(ERROR_TYPES) as KnownErrorType[];
const CALLS = ['meta', 'tiktok', 'google', 'mcp', 'gemini', 'ledger', 'write'];

/** What a call fails with so that a type is answered. */
function failureOf(type: string): Error {
  if (type === 'UNKNOWN_ERROR') return new TypeError('a mistake');
  if (type === 'PARKED') {
    const resumesAt = Date.parse('2024-01-01T00:20:00.000Z');
    return new ParkedError({ jobId: '0f9d2c41-5b7e-4a36-8c12-6e4f1b2a3d58', resumesAt });
  }
  return new ServiceError(type, { mayHaveExecuted: type === 'OUTCOME_UNKNOWN' });
}

const brief = { maxRetries: 1, backoff: constant(0) };

@Injectable()
class Adapters {
  @Retryable({ context: 'call_meta', platform: 'meta', ...brief })
  async meta(type: string): Promise<never> {
    throw failureOf(type);
  }

  @Retryable({ context: 'call_tiktok', platform: 'tiktok', ...brief })
  async tiktok(type: string): Promise<never> {
    throw failureOf(type);
  }

  @Retryable({ context: 'call_google', platform: 'google', ...brief })
  async google(type: string): Promise<never> {
    throw failureOf(type);
  }

  @Retryable({ context: 'call_mcp', platform: 'mcp', ...brief })
  async mcp(type: string): Promise<never> {
    throw failureOf(type);
  }

  @Retryable({ context: 'call_gemini', platform: 'gemini', ...brief })
  async gemini(type: string): Promise<never> {
    throw failureOf(type);
  }

  @Retryable({ context: 'write', platform: 'meta', idempotent: false, ...brief })
  async write(type: string): Promise<never> {
    throw type === 'OUTCOME_UNKNOWN' ? new PlatformTimeoutError('meta') : failureOf(type);
  }

  @Retryable({ platform: 'ledger', ...brief })
  async ledger(type: string): Promise<never> {
    throw failureOf(type);
  }
}

@Controller('calls/')
class Calls {
  constructor(private readonly adapters: Adapters) {}

  private call(name: keyof Adapters, type: string): Promise<never> {
    if (type === 'UNKNOWN_ERROR') throw failureOf(type); // a mistake of the handler's own
    return this.adapters[name](type);
  }

  @Get('meta/:type')
  @ApiErrorResponses(Adapters, 'meta')
  meta(@Param('type') type: string) {
    return this.call('meta', type);
  }

  @Get('tiktok/:type')
  @ApiErrorResponses(Adapters, 'tiktok')
  tiktok(@Param('type') type: string) {
    return this.call('tiktok', type);
  }

  @Get('google/:type')
  @ApiErrorResponses(Adapters, 'google')
  google(@Param('type') type: string) {
    return this.call('google', type);
  }

  @Get('mcp/:type')
  @ApiErrorResponses(Adapters, 'mcp')
  mcp(@Param('type') type: string) {
    return this.call('mcp', type);
  }

  @Get('gemini/:type')
  @ApiErrorResponses(Adapters, 'gemini')
  gemini(@Param('type') type: string) {
    return this.call('gemini', type);
  }

  @Get('ledger/:type')
  @ApiErrorResponses(Adapters, 'ledger')
  ledger(@Param('type') type: string) {
    return this.call('ledger', type);
  }

  @Get('write/:type')
  @ApiErrorResponses(Adapters, 'write')
  write(@Param('type') type: string) {
    return this.call('write', type);
  }

  @Get('handler/:type')
  @ApiErrorResponses()
  @Retryable({ context: 'handle', platform: 'meta', ...brief })
  async handler(@Param('type') type: string): Promise<never> {
    throw failureOf(type);
  }

  @Post('/types/:type')
  @ApiErrorResponses({ types: KNOWN })
  types(@Param('type') type: string): never {
    throw failureOf(type);
  }

  @Get('own/:type')
  @ApiErrorResponses({ types: OWN, locale: 'en' })
  own(@Param('type') type: string): never {
    const number = Number(/\d$/.exec(type)?.[0] ?? 1);
    const name = type.replace(/_\d$/, '');
    throw name === 'UNKNOWN_ERROR'
      ? new Error('a mistake')
      : (OWN.filter((error) => nameOf(error) === name)[number - 1] ?? new Error('not there'));
  }
}

const nameOf = (error: Error) => (error instanceof ServiceError ? error.type : 'NOT_FOUND');

/** Without what is new in every answer. */
function lasting({ error, ...rest }: ErrorResponse) {
  const { timestamp: _, request_id, ...lasts } = error;
  return { ...rest, error: { ...lasts, hasRequestId: request_id !== undefined } };
}

function expectHeaders(reply: Reply<unknown>, response: DocumentedResponse, isOnlyType: boolean) {
  for (const [name, { required, schema }] of Object.entries(response.headers)) {
    if (required) expect(reply.headers.has(name)).toBe(true);
    if (isOnlyType) expect(reply.headers.get(name)).toBe(String(schema.example));
  }
  for (const name of ['retry-after', 'www-authenticate', 'content-language']) {
    const documented = Object.keys(response.headers).map((each) => each.toLowerCase());
    if (reply.headers.has(name)) expect(documented).toContain(name);
  }
}

async function expectTruth(app: RunningApp, path: string, isPost = false): Promise<number> {
  const openApi = new OpenApi(app.nest);
  const method = isPost ? 'post' : 'get';
  const examples = openApi.examples(`${path}/{type}`, method);
  for (const [name, status, body] of examples) {
    const response = openApi.responses(`${path}/{type}`, method)[status] as DocumentedResponse;
    const headers = {
      'accept-language': String(response.headers['Content-Language']?.schema.example),
    };
    const reply = await app.get(`${path}/${name}`, { method, headers });
    expect({ name, status: reply.status, body: lasting(reply.body) }).toEqual({
      name,
      status,
      body: lasting(body),
    });
    const { examples: alike } = response.content['application/json'];
    expectHeaders(reply, response, Object.keys(alike).length === 1);
  }
  return examples.length;
}

onBothAdapters('an example in the document', (testCase) => {
  const start = () => testCase().controllers(Calls).providers(Adapters).options({ errors }).start();

  it.each(CALLS)('is what is answered when a call fails in that way: %s', async (call) => {
    expect(await expectTruth(await start(), `/calls/${call}`)).toBeGreaterThan(3);
  });

  it('is what a retried handler answers', async () => {
    expect(await expectTruth(await start(), '/calls/handler')).toBeGreaterThan(10);
  });

  it('is what a handler answers that throws an error of the type itself', async () => {
    const app = await start();
    expect(new OpenApi(app.nest).examples('/calls/types/{type}', 'post')).toHaveLength(
      KNOWN.length,
    );
    expect(await expectTruth(app, '/calls/types', true)).toBe(KNOWN.length);
  });

  it('is what is answered for an error of the application', async () => {
    const app = await start();
    expect(await expectTruth(app, '/calls/own')).toBe(4);
    const [ledger] = new OpenApi(app.nest).examples('/calls/own/{type}').slice(2);
    expect(ledger).toMatchObject([
      'LEDGER_CLOSED',
      409,
      { error: { code: '7001', message: 'The ledger is closed.', details: { ledger: '2024' } } },
    ]);
  });

  it('has a time and a request id that never change', async () => {
    const [[, , first] = [], [, , second] = []] = [
      ...new OpenApi((await start()).nest).examples('/calls/meta/{type}'),
    ];
    expect(first?.error.timestamp).toBe('2024-01-01T00:00:00.000Z');
    expect(first?.error.request_id).toBe(second?.error.request_id);
  });
});
