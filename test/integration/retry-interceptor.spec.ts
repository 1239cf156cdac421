import { Controller, Get, UseInterceptors } from '@nestjs/common';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import {
  constant,
  currentAttempt,
  PlatformServiceError,
  Retryable,
  RetryInterceptor,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { rejectWith } from '../support/calls.js';

const atOnce = { maxRetries: 1, backoff: constant(0) };

let runs: (number | undefined)[] = [];

function run(): Promise<never> {
  runs.push(currentAttempt()?.number);
  return rejectWith(new PlatformServiceError('meta'));
}

@Controller()
class Handlers {
  @Retryable()
  @Get('above')
  above() {
    return run();
  }

  @Get('below')
  @Retryable()
  below() {
    return run();
  }

  @Get('by-hand')
  @UseInterceptors(RetryInterceptor)
  byHand() {
    return run();
  }

  @Get('twice')
  @UseInterceptors(RetryInterceptor)
  @Retryable()
  twice() {
    return run();
  }

  @Get('undecorated')
  undecorated() {
    return run();
  }

  @Get('excluded')
  @Retryable(false)
  excluded() {
    return run();
  }
}

beforeEach(() => {
  runs = [];
});

onBothAdapters('RetryInterceptor put on a handler by hand', (testCase) => {
  const start = () => testCase().options({ retry: atOnce }).controllers(Handlers).start();

  it('runs it under the policy of the module', async () => {
    const app = await start();
    const { body } = await app.get('/by-hand');
    expect(runs).toEqual([1, 2]);
    expect(body.error.context).toBe('Handlers.byHand');
  });

  it('runs a decorated one no more often', async () => {
    const app = await start();
    await app.get('/twice');
    expect(runs).toEqual([1, 2]);
  });

  it('leaves its neighbours alone', async () => {
    const app = await start();
    await app.get('/undecorated');
    expect(runs).toEqual([undefined]);
  });
});

@Controller()
class WithInstances {
  @Get('instance')
  @UseInterceptors(new RetryInterceptor())
  instance() {
    return run();
  }
}

onBothAdapters('RetryInterceptor made with new', (testCase) => {
  const start = () => testCase().options({ retry: atOnce }).controllers(WithInstances).start();

  it('runs the handler under the policy of the only application', async () => {
    const app = await start();
    await app.get('/instance');
    expect(runs).toEqual([1, 2]);
  });

  it('warns once where several applications are alive, naming the handler', async () => {
    const warnings: string[] = [];
    const listen = ({ message }: Error) => warnings.push(message);
    process.on('warning', listen);
    onTestFinished(() => void process.off('warning', listen));
    @Controller()
    class Ambiguous {
      @Get('instance')
      @UseInterceptors(new RetryInterceptor())
      instance() {
        return 'done';
      }
    }
    await start();
    const app = await testCase().controllers(Ambiguous).start();
    for (const _ of [1, 2]) expect((await app.get('/instance')).text).toBe('done');
    expect(warnings).toEqual([
      'The RetryInterceptor of Ambiguous.instance was not created by Nest and several applications are alive: it runs with the default retry options.',
    ]);
  });
});

onBothAdapters('interceptor: true', (testCase) => {
  const start = () =>
    testCase().options({ interceptor: true, retry: atOnce }).controllers(Handlers).start();

  it('runs undecorated handlers under the policy of the module', async () => {
    const app = await start();
    const { body } = await app.get('/undecorated');
    expect(runs).toEqual([1, 2]);
    expect(body.error.context).toBe('Handlers.undecorated');
  });

  it.each(['above', 'below', 'by-hand', 'twice'])(
    'runs no handler more often: %s',
    async (path) => {
      const app = await start();
      await app.get(`/${path}`);
      expect(runs).toEqual([1, 2]);
    },
  );

  it('runs a handler with @Retryable(false) once', async () => {
    const app = await start();
    await app.get('/excluded');
    expect(runs).toEqual([undefined]);
  });
});
