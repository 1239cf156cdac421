import { Controller, Get, Param, type Type } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { bulkhead } from 'cockatiel';
import { expect, it } from 'vitest';
import { found, Retryable } from '../../../lib/index.js';
import { ApiErrorResponses } from '../../../lib/swagger/index.js';
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
});
