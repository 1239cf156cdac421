import {
  Body,
  Controller,
  createParamDecorator,
  Get,
  Header,
  Headers,
  HttpCode,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Redirect,
  Res,
  SetMetadata,
  StreamableFile,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { beforeEach, expect, it } from 'vitest';
import { constant, PlatformServiceError, Retryable } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { rejectWith } from '../support/calls.js';

let steps: string[] = [];

const note = (step: string) => {
  steps.push(step);
};

class NotingGuard implements CanActivate {
  canActivate(context: ExecutionContext) {
    note(`guard ${new Reflector().get<string>('role', context.getHandler())}`);
    return true;
  }
}

class OuterInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    note('outer');
    return next.handle();
  }
}

class InnerInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler) {
    note('inner');
    return next.handle();
  }
}

class NotingPipe implements PipeTransform {
  transform(value: unknown) {
    note('pipe');
    return value;
  }
}

const Path = createParamDecorator((_: unknown, context: ExecutionContext) => {
  return context.switchToHttp().getRequest<{ url: string }>().url;
});

@Controller('campaigns')
class Campaigns {
  // Decorators are applied from the bottom up, interceptors run from the top down.
  @Get('steps')
  @SetMetadata('role', 'admin')
  @UseGuards(NotingGuard)
  @UsePipes(NotingPipe)
  @UseInterceptors(InnerInterceptor)
  @Retryable({ maxRetries: 1, backoff: constant(0) })
  steps(@Query('q') q: string) {
    note(`handler ${q}`);
    return rejectWith(new PlatformServiceError());
  }

  @Get('number/:id')
  @Retryable({ backoff: constant(0) })
  async number(@Param('id', ParseIntPipe) id: number) {
    note(typeof id);
    return { next: id + 1 };
  }

  @Post(':id')
  @HttpCode(202)
  @Header('X-Campaign', 'accepted')
  @Retryable()
  async update(
    @Param('id', ParseIntPipe) id: number,
    @Body('name') name: string,
    @Query() query: unknown,
    @Headers('x-tenant') tenant: string,
    @Path() path: string,
  ) {
    return { id, name, query, tenant, path };
  }

  @Get('file')
  @Retryable({ backoff: constant(0) })
  async file() {
    note('file');
    if (steps.filter((step) => step === 'file').length < 3) throw new PlatformServiceError();
    return new StreamableFile(Buffer.from('a;b'), { type: 'text/csv' });
  }

  @Get('own-answer')
  @Retryable({ backoff: constant(0) })
  async ownAnswer(@Res() response: { send(body: string): unknown }) {
    note('own');
    if (steps.filter((step) => step === 'own').length < 3) throw new PlatformServiceError();
    response.send('own answer');
  }

  @Retryable()
  @Get('moved')
  @Redirect('/campaigns/number/1', 307)
  async moved() {
    return undefined;
  }
}

onBothAdapters('around a decorated handler', (testCase) => {
  beforeEach(() => {
    steps = [];
  });

  const start = () =>
    testCase()
      .providers({ provide: APP_INTERCEPTOR, useClass: OuterInterceptor })
      .controllers(Campaigns)
      .prepare((nest) =>
        nest.use((_: unknown, __: unknown, next: () => void) => {
          note('middleware');
          next();
        }),
      )
      .start();

  it('middleware, guards and outer interceptors run once, the rest in each attempt', async () => {
    const app = await start();
    await app.get('/campaigns/steps?q=1');
    expect(steps).toEqual([
      'middleware',
      'guard admin',
      'outer',
      'inner',
      'pipe',
      'handler 1',
      'inner',
      'pipe',
      'handler 1',
    ]);
  });

  it('a pipe that refuses its input is not asked again', async () => {
    const app = await start();
    const { status, body } = await app.get('/campaigns/number/abc');
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      type: 'VALIDATION_ERROR',
      message: 'Validation failed (numeric string is expected)',
      context: 'Campaigns.number',
    });
    expect(steps).toEqual(['middleware', 'outer']);
    expect(app.lines.of('retry_scheduled')).toEqual([]);
  });

  it('parameters, pipes, status and headers are what they were', async () => {
    const app = await start();
    const reply = await app.post('/campaigns/17?a=b', { name: 'Spring' }, { 'x-tenant': 't1' });
    expect(reply.status).toBe(202);
    expect(reply.headers.get('x-campaign')).toBe('accepted');
    expect(reply.body).toEqual({
      id: 17,
      name: 'Spring',
      query: { a: 'b' },
      tenant: 't1',
      path: '/campaigns/17?a=b',
    });
  });

  it('a redirect is followed to its end', async () => {
    const app = await start();
    expect((await app.get('/campaigns/moved')).body).toEqual({ next: 2 });
  });

  it.each([
    ['a file', '/campaigns/file', 'a;b'],
    ['what it sends by itself', '/campaigns/own-answer', 'own answer'],
  ])('%s reaches the client once', async (_, path, text) => {
    const app = await start();
    expect(await app.get(path)).toMatchObject({ status: 200, text });
    expect(app.lines.only('retry_succeeded')).toMatchObject({ retry_count: 2 });
  });
});
