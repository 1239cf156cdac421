import { Controller, Get, Injectable, Param, type OnModuleInit } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import { constant, PlatformServiceError, Retryable } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { failureOf, rejectWith, turnEnd } from '../support/calls.js';
import { unhandled } from '../support/outcomes.js';

let calls: string[] = [];

function fail(name: string): Promise<string> {
  calls.push(name);
  return rejectWith(new PlatformServiceError());
}

@Retryable({ platform: 'meta', maxRetries: 2, backoff: constant(0), recover: 'recover' })
@Injectable()
class Adapter implements OnModuleInit {
  async onModuleInit() {
    await fail('onModuleInit').catch(() => undefined);
  }

  plain() {
    return fail('plain');
  }

  @Retryable({ maxRetries: 1 })
  own() {
    return fail('own');
  }

  @Retryable(false)
  once() {
    return fail('once');
  }

  name() {
    calls.push('name');
    return 'synchronous';
  }

  recover() {
    calls.push('recover');
    return 'recovered';
  }
}

@Injectable()
class Subclass extends Adapter {
  override own() {
    return fail('overridden');
  }
}

type Method = 'plain' | 'own' | 'once' | 'name';

@Controller()
class Calls {
  constructor(
    private readonly adapter: Adapter,
    private readonly subclass: Subclass,
  ) {}

  @Get('adapter/:method')
  ofAdapter(@Param('method') method: Method) {
    return this.adapter[method]();
  }

  @Get('subclass/:method')
  ofSubclass(@Param('method') method: Method) {
    return this.subclass[method]();
  }
}

@Controller('decorated')
@Retryable({ context: 'read', maxRetries: 1, backoff: constant(0) })
class Decorated {
  @Get('one')
  one() {
    return fail('one');
  }

  @Get('two')
  @Retryable(false)
  two() {
    return fail('two');
  }
}

onBothAdapters('a decorated class', (testCase) => {
  beforeEach(() => {
    calls = [];
  });

  it.each([
    ['retries its methods', 'adapter/plain', ['plain', 'plain', 'plain', 'recover'], 200],
    ["lets a method's own options win", 'adapter/own', ['own', 'own', 'recover'], 200],
    ['leaves out what says so', 'adapter/once', ['once'], 502],
    ['passes a synchronous method through', 'adapter/name', ['name'], 200],
    ['is inherited', 'subclass/plain', ['plain', 'plain', 'plain', 'recover'], 200],
    ['does not reach what a subclass overrides', 'subclass/own', ['overridden'], 502],
  ])('%s', async (_, path, expected, status) => {
    const app = await testCase().providers(Adapter, Subclass).controllers(Calls).start();
    expect(calls).toEqual(['onModuleInit', 'onModuleInit']);
    calls = [];
    expect((await app.get(`/${path}`)).status).toBe(status);
    expect(calls).toEqual(expected);
  });

  it('may be a controller', async () => {
    const app = await testCase().controllers(Decorated).start();
    const { body } = await app.get('/decorated/one');
    expect(body.error.context).toBe('read');
    await app.get('/decorated/two');
    expect(calls).toEqual(['one', 'one', 'two']);
  });
});

describe('a method of a decorated class', () => {
  it('that cancels its own call leaves no rejection unhandled', async () => {
    const reasons = unhandled();
    const controller = new AbortController();
    const reason = new Error('x');
    @Retryable({ backoff: constant(0), signal: () => controller.signal })
    class Cancelling {
      call(): Promise<string> {
        controller.abort(reason);
        return rejectWith(new PlatformServiceError());
      }
    }
    expect(await failureOf(new Cancelling().call())).toBe(reason);
    await turnEnd();
    await turnEnd();
    expect(reasons).toEqual([]);
  });
});
