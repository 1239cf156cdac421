import {
  applyDecorators,
  Body,
  Controller,
  Get,
  Param,
  ParseIntPipe,
  Post,
  UsePipes,
  type Type,
} from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { bulkhead } from 'cockatiel';
import { expect, it } from 'vitest';
import { found, Retryable } from '../../../lib/index.js';
import { ApiErrorResponses, createApiErrorResponses } from '../../../lib/swagger/index.js';
import { onBothAdapters } from '../../support/app.js';
import { OpenApi } from '../../support/openapi.js';

const GEMINI = {
  429: ['API_RATE_LIMIT', 'AI_MODEL_QUOTA_EXCEEDED'],
  500: ['UNKNOWN_ERROR'],
  503: ['AI_MODEL_FAILED'],
  504: ['AI_MODEL_TIMEOUT'],
};
const MCP = {
  429: ['API_RATE_LIMIT'],
  500: ['UNKNOWN_ERROR'],
  502: ['MCP_TOOL_ERROR'],
  503: ['MCP_CONNECTION_ERROR'],
  504: ['MCP_TIMEOUT'],
};

class Models {
  @Retryable({ platform: 'gemini' })
  async write(): Promise<void> {}

  @Retryable({ platform: 'gemini', idempotent: false })
  async publish(): Promise<void> {}

  @Retryable({ platform: 'gemini', reconcile: () => found(undefined) })
  async create(): Promise<void> {}

  @Retryable({ platform: 'gemini', recover: () => undefined })
  async guess(): Promise<void> {}

  @Retryable({ platform: 'mcp', through: bulkhead(1) })
  async call(): Promise<void> {}

  @Retryable({ operation: 'ai_generation' })
  async unnamed(): Promise<void> {}
}

class Inherited extends Models {}

@Retryable({ platform: 'mcp' })
class Tools {
  async list(): Promise<void> {}
}

onBothAdapters('the document of a handler', (testCase) => {
  const document = async (...controllers: Type[]) =>
    new OpenApi(
      (
        await testCase()
          .controllers(...controllers)
          .start()
      ).nest,
    );

  it('has the errors of its own platform, in whatever order the decorators stand', async () => {
    @Controller()
    class Handlers {
      @Get('above')
      @ApiErrorResponses()
      @Retryable({ platform: 'gemini' })
      async above(): Promise<void> {}

      @Retryable({ platform: 'gemini' })
      @ApiErrorResponses()
      @Get('below')
      async below(): Promise<void> {}

      @ApiErrorResponses()
      @Get('top')
      @ApiOkResponse()
      @Retryable({ platform: 'gemini' })
      async top(): Promise<void> {}
    }
    const openApi = await document(Handlers);
    for (const path of ['/above', '/below', '/top']) expect(openApi.types(path)).toEqual(GEMINI);
  });

  it('has what the class says of the platform, above or below', async () => {
    @Controller('first')
    @Retryable({ platform: 'mcp' })
    class First {
      @Get()
      @ApiErrorResponses()
      async get(): Promise<void> {}
    }
    @ApiErrorResponses()
    @Retryable({ platform: 'mcp' })
    @Controller('second')
    class Second {
      @Get()
      async get(): Promise<void> {}
    }
    @Retryable({ platform: 'mcp' })
    @ApiErrorResponses()
    @Controller('third')
    class Third {
      @Get()
      @Retryable({ context: 'third' })
      async get(): Promise<void> {}
    }
    const openApi = await document(First, Second, Third);
    for (const path of ['/first', '/second', '/third']) expect(openApi.types(path)).toEqual(MCP);
    expect(openApi.examples('/third')[0]?.[2].error.context).toBe('third');
  });

  it('has the errors of the methods that it calls, also inherited and of decorated classes', async () => {
    @Controller()
    class Handlers {
      @Get('one')
      @ApiErrorResponses(Models, 'write')
      one() {}

      @Get('inherited')
      @ApiErrorResponses(Inherited, 'write')
      inherited() {}

      @Get('class')
      @ApiErrorResponses(Tools, 'list')
      ofClass() {}

      @Get('two')
      @ApiErrorResponses(Models, 'write', 'publish')
      @ApiErrorResponses(Tools, 'list')
      two() {}
    }
    const openApi = await document(Handlers);
    expect(openApi.types('/one')).toEqual(GEMINI);
    expect(openApi.types('/inherited')).toEqual(GEMINI);
    expect(openApi.types('/class')).toEqual(MCP);
    expect(openApi.types('/two')).toEqual({
      424: ['OUTCOME_UNKNOWN'],
      429: ['API_RATE_LIMIT', 'AI_MODEL_QUOTA_EXCEEDED'],
      500: ['UNKNOWN_ERROR'],
      502: ['MCP_TOOL_ERROR'],
      503: ['MCP_CONNECTION_ERROR', 'AI_MODEL_FAILED'],
      504: ['MCP_TIMEOUT', 'AI_MODEL_TIMEOUT'],
    });
  });

  it('follows what the method says of writes, policies, recovery and its operation', async () => {
    @Controller()
    class Handlers {
      @Get('once')
      @ApiErrorResponses(Models, 'publish')
      once() {}

      @Get('reconciled')
      @ApiErrorResponses(Models, 'create')
      reconciled() {}

      @Get('recovered')
      @ApiErrorResponses(Models, 'guess')
      recovered() {}

      @Get('through')
      @ApiErrorResponses(Models, 'call')
      through() {}

      @Get('unnamed')
      @ApiErrorResponses(Models, 'unnamed')
      unnamed() {}
    }
    const openApi = await document(Handlers);
    expect(openApi.types('/once')).toEqual({ ...GEMINI, 424: ['OUTCOME_UNKNOWN'] });
    expect(openApi.types('/reconciled')).toEqual({ ...GEMINI, 424: ['OUTCOME_UNKNOWN'] });
    expect(openApi.types('/recovered')).toEqual({ 500: ['UNKNOWN_ERROR'] });
    expect(openApi.types('/through')[503]).toEqual(['MCP_CONNECTION_ERROR', 'SERVICE_UNAVAILABLE']);
    expect(openApi.types('/unnamed')).toEqual({ ...GEMINI, 429: ['API_RATE_LIMIT'] });
  });

  it('has the errors of all platforms where the arguments choose one, or of those that are named', async () => {
    @Controller()
    class Handlers {
      @Get('any/:platform')
      @ApiErrorResponses()
      @Retryable({ platform: (platform: string) => platform })
      async any(@Param('platform') _platform: string): Promise<void> {}

      @Get('some/:platform')
      @ApiErrorResponses({ platform: ['mcp'] })
      @Retryable({ platform: (platform: string) => platform })
      async some(@Param('platform') _platform: string): Promise<void> {}

      @Get('passed-on')
      @ApiErrorResponses({ platform: 'gemini' })
      passedOn() {}
    }
    const openApi = await document(Handlers);
    const all = Object.values(openApi.types('/any/{platform}')).flat();
    expect(all).toEqual(
      expect.arrayContaining(['TOKEN_EXPIRED', 'MCP_TIMEOUT', 'AI_MODEL_QUOTA_EXCEEDED']),
    );
    expect(openApi.types('/some/{platform}')).toEqual(MCP);
    expect(openApi.types('/passed-on')).toEqual(GEMINI);
    const examples = openApi.examples('/any/{platform}');
    const platforms = examples.map(([name, , body]) => [name, body.error.platform]);
    expect(Object.fromEntries(platforms)).toMatchObject({
      TOKEN_EXPIRED: 'meta',
      MCP_TIMEOUT: 'mcp',
      AI_MODEL_FAILED: 'gemini',
    });
  });

  it('has a 400 where there is a body that may be no JSON, or a pipe that may refuse', async () => {
    @Controller()
    class Handlers {
      @Get('nothing/:id')
      @ApiErrorResponses()
      nothing(@Param('id') _id: string) {}

      @Post('body')
      @ApiErrorResponses()
      body(@Body() _body: unknown) {}

      @Get('pipe/:id')
      @ApiErrorResponses()
      pipe(@Param('id', ParseIntPipe) _id: number) {}

      @Get('pipes/:id')
      @UsePipes(ParseIntPipe)
      @ApiErrorResponses()
      pipes(@Param('id') _id: string) {}
    }
    const openApi = await document(Handlers);
    const both = { 400: ['VALIDATION_ERROR'], 500: ['UNKNOWN_ERROR'] };
    expect(openApi.types('/nothing/{id}')).toEqual({ 500: ['UNKNOWN_ERROR'] });
    expect(openApi.types('/body', 'post')).toEqual(both);
    expect(openApi.types('/pipe/{id}')).toEqual(both);
    expect(openApi.types('/pipes/{id}')).toEqual(both);
  });

  it('has what stands on its controller beside its own, and what it inherits', async () => {
    class Base {
      @Get('inherited')
      @ApiErrorResponses(Models, 'write')
      inherited() {}

      @Get('silent')
      silent() {}
    }
    @Controller('users')
    @ApiErrorResponses({ types: ['UNAUTHORIZED'] })
    class Users extends Base {
      @Get('own')
      @ApiErrorResponses({ types: ['TOKEN_EXPIRED'] })
      own() {}

      @Get('bare')
      bare() {}
    }
    @Controller('others')
    class Others extends Base {}
    const openApi = await document(Users, Others);
    const common = { 401: ['UNAUTHORIZED'], 500: ['UNKNOWN_ERROR'] };
    expect(openApi.types('/users/own')).toEqual({
      ...common,
      401: ['TOKEN_EXPIRED', 'UNAUTHORIZED'],
    });
    expect(openApi.types('/users/bare')).toEqual(common);
    expect(openApi.types('/users/silent')).toEqual(common);
    expect(openApi.types('/users/inherited')).toEqual({ ...GEMINI, ...common });
    expect(openApi.types('/others/inherited')).toEqual(GEMINI);
    expect(openApi.responses('/others/silent')).toEqual({ 200: { description: '' } });
  });

  it('keeps what was said by hand, and its errors are JSON whatever it produces', async () => {
    const Both = () =>
      applyDecorators(
        ApiNotFoundResponse({ description: 'No such report' }),
        ApiErrorResponses({ types: ['NOT_FOUND'] }),
      );
    @Controller()
    class Handlers {
      @Get()
      @Both()
      @ApiProduces('text/csv')
      @ApiOkResponse({ type: String })
      get() {}
    }
    const responses = (await document(Handlers)).responses('/');
    expect(Object.keys(responses[200]?.content ?? {})).toEqual(['text/csv']);
    expect(Object.keys(responses[404]?.content ?? {})).toEqual(['application/json']);
    expect(responses[404]?.description).toBe('No such report\n\nNot Found: `NOT_FOUND`');
  });

  it('has the statuses, the words and the language of the module where both are given the same', async () => {
    const errors = {
      locale: 'en',
      httpStatus: { TOKEN_EXPIRED: 424 },
      catalog: { en: { TOKEN_EXPIRED: { message: 'Log in at Meta again.' } } },
    };
    const ApiErrors = createApiErrorResponses(errors);
    @Controller()
    class Handlers {
      @Get('theirs')
      @ApiErrors({ types: ['TOKEN_EXPIRED'] })
      theirs() {}

      @Get('chinese')
      @ApiErrors({ types: ['TOKEN_EXPIRED'], locale: 'zh-CN' })
      chinese() {}
    }
    const openApi = await document(Handlers);
    const said = (path: string) => {
      const [[, status, { error }] = [0, 0, { error: {} as never }]] = openApi.examples(path);
      const { headers } = openApi.responses(path)[status] ?? {};
      return [status, error.message, headers?.['Content-Language']?.schema.example];
    };
    expect(said('/theirs')).toEqual([424, 'Log in at Meta again.', 'en']);
    expect(said('/chinese')).toEqual([424, '广告账户授权已过期，请重新授权', 'zh-CN']);
  });
});
