import {
  applyDecorators,
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  ParseIntPipe,
  Post,
  UsePipes,
  type Type,
} from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiProduces, ApiProperty } from '@nestjs/swagger';
import { expect, it } from 'vitest';
import { ApiErrorResponses, createApiErrorResponses } from '../../../lib/swagger/index.js';
import { onBothAdapters } from '../../support/app.js';
import { OpenApi } from '../../support/openapi.js';

onBothAdapters('beside the errors of platforms the document of a handler', (testCase) => {
  const document = async (...controllers: Type[]) =>
    new OpenApi(
      (
        await testCase()
          .controllers(...controllers)
          .start()
      ).nest,
    );

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
      @ApiErrorResponses({ types: ['CONFLICT'] })
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
    const unknown = { 500: ['UNKNOWN_ERROR'] };
    const common = { ...unknown, 401: ['UNAUTHORIZED'] };
    expect(openApi.types('/users/own')).toEqual({
      ...common,
      401: ['TOKEN_EXPIRED', 'UNAUTHORIZED'],
    });
    expect(openApi.types('/users/bare')).toEqual(common);
    expect(openApi.types('/users/silent')).toEqual(common);
    expect(openApi.types('/users/inherited')).toEqual({ ...common, 409: ['CONFLICT'] });
    expect(openApi.types('/others/inherited')).toEqual({ ...unknown, 409: ['CONFLICT'] });
    expect(openApi.responses('/others/silent')).toEqual({ 200: { description: '' } });
  });

  it('still has the success that was known before: by its verb, its @HttpCode, the plugin', async () => {
    class Report {
      @ApiProperty({ type: String })
      name!: string;
    }
    @Controller()
    class Handlers {
      // What the compiler plugin of @nestjs/swagger writes.
      static _OPENAPI_METADATA_FACTORY() {
        return { plugin: { type: Report }, list: { summary: 'Lists', type: [Report] } };
      }

      @Get('plain')
      @ApiErrorResponses()
      plain() {}

      @Post('post')
      @ApiErrorResponses()
      post() {}

      @Post('code')
      @HttpCode(202)
      @ApiErrorResponses()
      code() {}

      @Get('plugin')
      @ApiErrorResponses()
      plugin() {}

      @Get('list')
      @ApiErrorResponses()
      list() {}

      @Get('said')
      @ApiErrorResponses()
      @ApiOkResponse({ description: 'The report', type: Report })
      said() {}
    }
    const openApi = await document(Handlers);
    const $ref = '#/components/schemas/Report';
    const json = (schema: object) => ({ 'application/json': { schema } });
    expect(openApi.responses('/plain')[200]).toEqual({ description: '' });
    expect(openApi.responses('/post', 'post')[201]).toEqual({ description: '' });
    expect(openApi.responses('/code', 'post')[202]).toEqual({ description: '' });
    expect(openApi.responses('/plugin')[200]?.content).toEqual(json({ $ref }));
    expect(openApi.responses('/list')[200]?.content).toEqual(
      json({ type: 'array', items: { $ref } }),
    );
    expect(openApi.responses('/said')[200]).toEqual({
      description: 'The report',
      content: json({ $ref }),
    });
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
