import {
  Controller,
  Get,
  Inject,
  Injectable,
  Req,
  Scope,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type Provider,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { constant, PlatformServiceError, Retryable, RetryableModule } from '../../lib/index.js';
import { onBothAdapters, type RunningApp } from '../support/app.js';
import { failureOf, rejectWith } from '../support/calls.js';

class Adapter {
  calls = 0;

  @Retryable({ backoff: constant(0) })
  create(): Promise<number> {
    this.calls++;
    return rejectWith(new PlatformServiceError('meta'));
  }
}

@Injectable()
class Static extends Adapter {}

@Injectable({ scope: Scope.REQUEST })
class PerRequest extends Adapter {}

@Injectable({ scope: Scope.TRANSIENT })
class Transient extends Adapter {}

const ADAPTER = 'adapter';

@Controller()
class Calls {
  constructor(@Inject(ADAPTER) private readonly adapter: Adapter) {}

  @Get('calls')
  async count() {
    await failureOf(this.adapter.create());
    return String(this.adapter.calls);
  }
}

@Injectable()
class AccountGuard extends Adapter implements CanActivate {
  async canActivate(context: ExecutionContext) {
    await failureOf(this.create());
    context.switchToHttp().getRequest<{ calls: number }>().calls = this.calls;
    return true;
  }
}

@Controller()
class Guarded {
  @Get('guarded')
  @UseGuards(AccountGuard)
  read(@Req() request: { calls: number }) {
    return `after ${request.calls} calls`;
  }
}

const PROVIDERS: readonly [string, Provider][] = [
  ['a class', { provide: ADAPTER, useClass: Static }],
  ['a request-scoped class', { provide: ADAPTER, useClass: PerRequest, scope: Scope.REQUEST }],
  ['a transient class', { provide: ADAPTER, useClass: Transient, scope: Scope.TRANSIENT }],
  ['a factory', { provide: ADAPTER, useFactory: () => new Adapter() }],
  [
    'a request-scoped factory',
    { provide: ADAPTER, useFactory: () => new Adapter(), scope: Scope.REQUEST },
  ],
];

onBothAdapters('the options of the module', (testCase) => {
  const start = (provider: Provider, maxRetries: number) =>
    testCase().options({ retry: { maxRetries } }).providers(provider).controllers(Calls).start();

  const callsOf = async (app: RunningApp) => Number((await app.get('/calls')).text);

  it.each(PROVIDERS)('reach %s', async (_, provider) => {
    expect(await callsOf(await start(provider, 1))).toBe(2);
  });

  it('reach what ModuleRef creates', async () => {
    const app = await start({ provide: ADAPTER, useClass: Static }, 1);
    const adapter = await app.nest.get(ModuleRef).create(Static);
    await failureOf(adapter.create());
    expect(adapter.calls).toBe(2);
  });

  it('reach a guard', async () => {
    const app = await testCase()
      .options({ retry: { maxRetries: 1 } })
      .controllers(Guarded)
      .start();
    expect((await app.get('/guarded')).text).toBe('after 2 calls');
  });

  it('reach a value', async () => {
    const app = await start({ provide: ADAPTER, useValue: new Adapter() }, 1);
    expect(await callsOf(app)).toBe(2);
  });

  it('reach an alias of a class, whose calls do not multiply', async () => {
    const app = await testCase()
      .options({ retry: { maxRetries: 1 } })
      .providers(Static, { provide: ADAPTER, useExisting: Static })
      .controllers(Calls)
      .start();
    expect(await callsOf(app)).toBe(2);
  });

  it('reach a module that does not import a module which is not global', async () => {
    const app = await testCase()
      .register(RetryableModule.forRoot({ isGlobal: false, retry: { maxRetries: 1 } }))
      .modules({
        module: class CampaignModule {},
        providers: [{ provide: ADAPTER, useClass: Static }],
        controllers: [Calls],
      })
      .start();
    expect(await callsOf(app)).toBe(2);
  });

  it('are the defaults without the module, and nothing fails', async () => {
    const app = await testCase()
      .register(undefined)
      .providers({ provide: ADAPTER, useClass: Static })
      .controllers(Calls)
      .start();
    expect(await callsOf(app)).toBe(4);
  });

  it('give each request its own instance where the scope says so', async () => {
    const app = await start({ provide: ADAPTER, useClass: PerRequest, scope: Scope.REQUEST }, 1);
    expect([await callsOf(app), await callsOf(app)]).toEqual([2, 2]);
  });

  describe('of two applications in one process', () => {
    afterEach(() => {
      vi.restoreAllMocks();
    });

    it.each(PROVIDERS.slice(0, 3))('stay apart for %s', async (_, provider) => {
      const one = await start(provider, 1);
      const two = await start(provider, 2);
      expect([await callsOf(one), await callsOf(two)]).toEqual([2, 3]);
    });

    it('are not guessed for what Nest did not create: defaults, and one warning', async () => {
      class Handmade {
        calls = 0;

        @Retryable({ backoff: constant(0) })
        create() {
          this.calls++;
          return rejectWith(new PlatformServiceError('meta'));
        }
      }
      const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
      const provider = { provide: ADAPTER, useFactory: () => new Handmade() };
      const one = await start(provider, 1);
      await start(provider, 2);
      expect(await callsOf(one)).toBe(4);
      await callsOf(one);
      expect(warn.mock.calls).toEqual([
        [
          expect.stringMatching(/^Handmade\.create was not created by Nest and several/),
          { code: 'NESTJS_RETRYABLE_AMBIGUOUS' },
        ],
      ]);
    });

    it('are those of the one that is left once the other is closed', async () => {
      const provider = { provide: ADAPTER, useFactory: () => new Adapter() };
      const one = await start(provider, 1);
      const two = await start(provider, 2);
      await one.nest.close();
      expect(await callsOf(two)).toBe(3);
    });
  });
});
