import {
  Catch,
  Controller,
  Get,
  Injectable,
  Module,
  ServiceUnavailableException,
  UseInterceptors,
  type ArgumentsHost,
  type CallHandler,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { AsyncLocalStorage } from 'node:async_hooks';
import { Observable, retry, timeout } from 'rxjs';
import { randomUUID } from 'node:crypto';
import { createErrorResponse, Retryable, RetryableModule } from '../nestjs-retryable.js';

const CAMPAIGN = { id: 'c-1', name: 'Spring', status: 'ACTIVE', budget: 5000 };

@Injectable()
class Campaigns {
  async plain(): Promise<typeof CAMPAIGN> {
    return CAMPAIGN;
  }

  @Retryable({ platform: 'meta' })
  async decorated(): Promise<typeof CAMPAIGN> {
    return CAMPAIGN;
  }
}

@Injectable()
class EmptyInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

@Injectable()
class RxjsInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(timeout(30_000), retry(3));
  }
}

const contexts = new AsyncLocalStorage<object>();

/** The least of an interceptor that gives each request a context: it passes on what comes. */
@Injectable()
class PassOnInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return new Observable((subscriber) =>
      contexts.run({}, () =>
        next.handle().subscribe({
          next: (value) => subscriber.next(value),
          error: (error) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      ),
    );
  }
}

// The paths are equally long and the handlers alike, so that only what is compared differs.
@Controller()
class CampaignsController {
  constructor(private readonly campaigns: Campaigns) {}

  @Get('plain-service')
  plainService() {
    return this.campaigns.plain();
  }

  @Get('retry-service')
  decoratedService() {
    return this.campaigns.decorated();
  }

  @Get('intercept-none')
  @UseInterceptors(EmptyInterceptor)
  emptyInterceptor() {
    return this.campaigns.plain();
  }

  @Get('intercept-rxjs')
  @UseInterceptors(RxjsInterceptor)
  rxjsInterceptor() {
    return this.campaigns.plain();
  }

  @Get('intercept-pass')
  @UseInterceptors(PassOnInterceptor)
  passOnInterceptor() {
    return this.campaigns.plain();
  }

  @Get('retried-handler')
  @Retryable()
  decoratedHandler(): Promise<typeof CAMPAIGN> {
    return this.campaigns.plain();
  }

  @Get('known-error')
  knownError() {
    throw new ServiceUnavailableException('The platform is busy');
  }

  @Get('unknown-error')
  unknownError() {
    throw new Error('This should not have happened');
  }
}

/** A filter as applications write it: some fields, sent by the adapter. */
@Catch()
class CustomFilter implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const body = {
      status: 'error',
      code: '4000',
      type: 'SERVICE_UNAVAILABLE',
      message: exception instanceof Error ? exception.message : 'Error',
      context: httpAdapter.getRequestUrl(host.switchToHttp().getRequest()) as unknown,
      timestamp: new Date().toISOString(),
      action: 'Try again',
      details: {},
      retry_allowed: true,
      retry_after: 30,
    };
    httpAdapter.reply(host.switchToHttp().getResponse(), body, 503);
  }
}

/** What our filter sends, always the same: headers and a text that are there already. */
@Catch()
class ConstantFilter implements ExceptionFilter {
  private readonly text = JSON.stringify(
    createErrorResponse({ error: new ServiceUnavailableException(), requestId: randomUUID() }),
  );

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(_exception: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const response: unknown = host.switchToHttp().getResponse();
    httpAdapter.setHeader(response, 'Content-Type', 'application/json; charset=utf-8');
    httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
    httpAdapter.setHeader(response, 'Content-Language', 'zh-CN');
    httpAdapter.setHeader(response, 'Vary', 'Accept-Language');
    httpAdapter.setHeader(response, 'Retry-After', '30');
    httpAdapter.reply(response, this.text, 503);
  }
}

const parts = { controllers: [CampaignsController], providers: [Campaigns] };

@Module(parts)
class WithoutModule {}

@Module({ ...parts, imports: [RetryableModule.forRoot()] })
class WithModule {}

@Module({
  ...parts,
  providers: [Campaigns, { provide: APP_FILTER, useClass: CustomFilter }],
})
class WithCustomFilter {}

@Module({
  ...parts,
  providers: [Campaigns, { provide: APP_FILTER, useClass: ConstantFilter }],
})
class WithConstantFilter {}

const APPLICATIONS: Readonly<Record<string, Type>> = {
  without: WithoutModule,
  with: WithModule,
  custom: WithCustomFilter,
  constant: WithConstantFilter,
};

export function applicationOf(variant: string): Type {
  const application = APPLICATIONS[variant];
  if (application === undefined) throw new Error(`There is no application "${variant}".`);
  return application;
}
