import { Controller, Get, Injectable, Param } from '@nestjs/common';
import { expect, it } from 'vitest';
import { constant, currentAttempt, PlatformServiceError, Retryable } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { rejectWith } from '../support/calls.js';

interface Run {
  attempts: number;
  /** Milliseconds of each attempt. */
  limit: number | undefined;
}

const runs: Record<string, Run> = {};

function fail(name: string): Promise<never> {
  const run = (runs[name] ??= { attempts: 0, limit: undefined });
  run.attempts++;
  run.limit = currentAttempt()?.remaining();
  return rejectWith(new PlatformServiceError('meta'));
}

@Injectable()
class Plain {
  @Retryable()
  nothing() {
    return fail('nothing');
  }

  @Retryable({ platform: 'meta' })
  platform() {
    return fail('platform');
  }

  @Retryable({ platform: 'meta', maxRetries: 4, timeout: 400 })
  method() {
    return fail('method');
  }

  @Retryable({ operation: 'report' })
  operation() {
    return fail('operation');
  }
}

@Injectable()
@Retryable({ platform: 'meta', maxRetries: 3, timeout: 300 })
class Decorated {
  @Retryable()
  ofClass() {
    return fail('ofClass');
  }

  @Retryable({ maxRetries: undefined, timeout: 500 })
  ofMethod() {
    return fail('ofMethod');
  }
}

@Controller()
class Calls {
  constructor(
    private readonly plain: Plain,
    private readonly decorated: Decorated,
  ) {}

  @Get('plain/:method')
  ofPlain(@Param('method') method: 'nothing' | 'platform' | 'method' | 'operation') {
    return this.plain[method]();
  }

  @Get('decorated/:method')
  ofDecorated(@Param('method') method: 'ofClass' | 'ofMethod') {
    return this.decorated[method]();
  }
}

onBothAdapters('a policy', (testCase) => {
  it.each([
    // [path, attempts, limit of each]
    ['of the module', 'plain/nothing', 2, 100],
    ['of the platform, over the module', 'plain/platform', 3, 200],
    ['of the class, over the platform', 'decorated/ofClass', 4, 300],
    ['of the method, over the class', 'decorated/ofMethod', 4, 500],
    ['of the method, over the platform', 'plain/method', 5, 400],
  ])('%s', async (_, path, attempts, limit) => {
    const [, method = ''] = path.split('/');
    runs[method] = { attempts: 0, limit: undefined };
    const app = await testCase()
      .options({
        retry: { maxRetries: 1, timeout: 100, backoff: constant(0) },
        platforms: { meta: { maxRetries: 2, timeout: 200 } },
      })
      .providers(Plain, Decorated)
      .controllers(Calls)
      .start();
    expect((await app.get(`/${path}`)).status).toBe(502);
    expect(runs[method]).toEqual({ attempts, limit });
  });

  it.each([
    ['plain/nothing', 10],
    ['plain/platform', 20],
    ['plain/operation', 30],
  ])('takes its limit from its operation: %s', async (path, limit) => {
    const [, method = ''] = path.split('/');
    const app = await testCase()
      .options({
        retry: { maxRetries: 0 },
        timeouts: { default: 10, api_call: 20, report: 30 },
      })
      .providers(Plain, Decorated)
      .controllers(Calls)
      .start();
    await app.get(`/${path}`);
    expect(runs[method]?.limit).toBe(limit);
  });
});
