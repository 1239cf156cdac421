import { Controller, Get, Injectable, Patch, Post, Put, Scope } from '@nestjs/common';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  constant,
  found,
  OutcomeUnknownError,
  PlatformServiceError,
  Retryable,
  type RetryableModuleOptions,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { failureOf, rejectWith } from '../support/calls.js';
import { context } from '../support/context.js';

const now = { backoff: constant(0) };
let calls: Record<string, number> = {};
const run = (name: string): Promise<never> => {
  calls[name] = (calls[name] ?? 0) + 1;
  return rejectWith(new PlatformServiceError('meta'));
};

beforeEach(() => {
  calls = {};
});

const WRITES = [
  'createCampaign',
  'addAd',
  'insertRow',
  'postIt',
  'publish',
  'launchCampaign',
  'duplicateAd',
  'chargeCard',
  'deductCredits',
  'payInvoice',
  'sendMail',
  'create_campaign',
  'create',
  'create2',
  'createURL',
];
const READS = [
  'address',
  'postcode',
  'payload',
  'sender',
  'creativeList',
  'getCreated',
  'publishers',
];

/** A provider of which nothing is declared. */
class Named {
  [method: string]: () => Promise<never>;
}
for (const name of [...WRITES, ...READS]) {
  const value = () => run(name);
  Object.defineProperty(Named.prototype, name, { value, writable: true, configurable: true });
}
Retryable(now)(Named);

@Injectable()
class Adapter {
  @Retryable(now)
  createCampaign() {
    return run('createCampaign');
  }

  @Retryable(now)
  address() {
    return run('address');
  }

  @Retryable({ ...now, idempotent: true })
  createIdempotent() {
    return run('createIdempotent');
  }

  @Retryable({ ...now, idempotent: false })
  createUnsafe() {
    return run('createUnsafe');
  }

  @Retryable({ ...now, reconcile: 'look' })
  createReconciled(): Promise<unknown> {
    return run('createReconciled');
  }

  look() {
    return found('there');
  }
}

@Injectable()
@Retryable({ ...now, idempotent: true })
class Declared {
  createAll() {
    return run('createAll');
  }
}

const safe: RetryableModuleOptions = { retryBudget: false, undeclaredWrites: 'safe' };

describe('undeclared writes', () => {
  it('are retried, with one warning that lists them', async () => {
    const { module, lines } = await context({ retryBudget: false }, Named, Adapter, Declared);
    const warning = JSON.stringify(lines.only('retry_undeclared_writes'));
    for (const name of WRITES) expect(warning).toContain(`Named.${name}`);
    for (const name of READS) expect(warning).not.toContain(`Named.${name}"`);
    for (const name of ['createIdempotent', 'createUnsafe', 'createReconciled', 'createAll']) {
      expect(warning).not.toContain(name);
    }
    await failureOf(module.get(Adapter).createCampaign());
    expect(calls).toEqual({ createCampaign: 4 });
  });

  it('are not warned of where there are none', async () => {
    const { lines } = await context({}, Declared);
    expect(lines.of('retry_undeclared_writes')).toEqual([]);
  });

  it('are known by their names where they are to be safe', async () => {
    const { module, lines } = await context(safe, Named);
    expect(lines.of('retry_undeclared_writes')).toEqual([]);
    const named = module.get(Named);
    for (const name of WRITES) {
      expect(await failureOf(named[name]!())).toBeInstanceOf(OutcomeUnknownError);
    }
    for (const name of READS) {
      expect(await failureOf(named[name]!())).toBeInstanceOf(PlatformServiceError);
    }
    const times = (names: string[], count: number) => names.map((name) => [name, count] as const);
    expect(calls).toEqual(Object.fromEntries([...times(WRITES, 1), ...times(READS, 4)]));
  });

  it('are none where something is declared', async () => {
    const { module } = await context(safe, Adapter, Declared);
    const adapter = module.get(Adapter);
    await failureOf(adapter.createIdempotent());
    await failureOf(adapter.createUnsafe());
    expect(await adapter.createReconciled()).toBe('there');
    await failureOf(module.get(Declared).createAll());
    expect(calls).toEqual({
      createIdempotent: 4,
      createUnsafe: 1,
      createReconciled: 1,
      createAll: 4,
    });
  });

  it('are none where the module declares all calls idempotent', async () => {
    const { module, lines } = await context({ ...safe, retry: { idempotent: true } }, Adapter);
    expect(lines.of('retry_undeclared_writes')).toEqual([]);
    await failureOf(module.get(Adapter).createCampaign());
    expect(calls).toEqual({ createCampaign: 4 });
  });

  it('are none where their platform declares its calls idempotent', async () => {
    class Meta {
      @Retryable({ platform: 'meta' })
      async createCampaign(): Promise<void> {}
    }
    const platforms = { meta: { idempotent: true } };
    const { lines } = await context({ platforms }, Meta);
    expect(lines.of('retry_undeclared_writes')).toEqual([]);
    await expect(context({ undeclaredWrites: 'error', platforms }, Meta)).resolves.toBeDefined();
  });

  it('are all calls where the module declares that', async () => {
    const options = { retryBudget: false, retry: { idempotent: false } } as const;
    const { module } = await context(options, Adapter);
    await failureOf(module.get(Adapter).address());
    expect(calls).toEqual({ address: 1 });
  });

  it('are safe in request-scoped providers', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped extends Adapter {}
    const { module } = await context(safe, Scoped);
    await failureOf((await module.resolve(Scoped)).createCampaign());
    expect(calls).toEqual({ createCampaign: 1 });
  });

  it('are safe in what a factory has made', async () => {
    const { module } = await context(safe, { provide: 'made', useFactory: () => new Adapter() });
    await failureOf(module.get<Adapter>('made').createCampaign());
    expect(calls).toEqual({ createCampaign: 1 });
  });

  it('are safe as static methods', async () => {
    @Injectable()
    class Service {
      @Retryable(now)
      static createStatic() {
        return run('createStatic');
      }
    }
    await context(safe, Service);
    await failureOf(Service.createStatic());
    expect(calls).toEqual({ createStatic: 1 });
  });

  it('are safe by the application that has booted, not by one that was refused', async () => {
    const byHand = new Adapter();
    await expect(context({ undeclaredWrites: 'error' }, Adapter)).rejects.toThrow(TypeError);
    await context(safe);
    await failureOf(byHand.createCampaign());
    expect(calls).toEqual({ createCampaign: 1 });
  });

  it('are not the methods that the options of a class name', async () => {
    @Injectable()
    @Retryable({ ...now, reconcile: 'createLook' })
    class Service {
      make(): Promise<unknown> {
        return rejectWith(new PlatformServiceError('meta'));
      }

      createLook(): Promise<unknown> {
        return run('createLook');
      }
    }
    const { module, lines } = await context({ retryBudget: false }, Service);
    expect(await failureOf(module.get(Service).make())).toBeInstanceOf(OutcomeUnknownError);
    expect(calls).toEqual({ createLook: 1 });
    expect(lines.of('retry_undeclared_writes')).toEqual([]);
  });
});

describe('undeclared writes that are errors', () => {
  @Injectable()
  class Inheriting extends Adapter {}

  @Injectable({ scope: Scope.REQUEST })
  class OuterScoped extends Adapter {}

  @Injectable({ scope: Scope.TRANSIENT })
  class Transient extends Adapter {}

  it.each([
    ['a provider', Adapter],
    ['a class that inherits them', Inheriting],
    ['a request-scoped provider', OuterScoped],
    ['a transient provider', Transient],
  ])('refuse to boot: %s', async (_, provider) => {
    await expect(context({ undeclaredWrites: 'error' }, provider)).rejects.toThrow(
      /createCampaign/,
    );
  });

  it('let an application boot that has declared them', async () => {
    const { module } = await context({ undeclaredWrites: 'error' }, Declared);
    expect(module.get(Declared)).toBeDefined();
  });
});

@Controller('writes')
class Routes {
  @Post()
  @Retryable(now)
  save() {
    return run('save');
  }

  @Patch()
  @Retryable(now)
  change() {
    return run('change');
  }

  @Put()
  @Retryable(now)
  replace() {
    return run('replace');
  }

  @Get()
  @Retryable(now)
  read() {
    return run('read');
  }

  @Post('declared')
  @Retryable({ ...now, idempotent: true })
  declared() {
    return run('declared');
  }
}

@Controller('bare')
class Bare {
  @Post()
  save() {
    return run('save');
  }

  @Get()
  read() {
    return run('read');
  }
}

onBothAdapters('undeclared write routes', (testCase) => {
  it('are the POST and PATCH of the warning', async () => {
    const app = await testCase().options({ retryBudget: false }).controllers(Routes).start();
    const warning = JSON.stringify(app.lines.only('retry_undeclared_writes'));
    for (const name of ['save', 'change']) expect(warning).toContain(`Routes.${name}`);
    for (const name of ['replace', 'read', 'declared']) {
      expect(warning).not.toContain(`Routes.${name}`);
    }
  });

  it('run once where they are to be safe, and answer that the outcome is unknown', async () => {
    const app = await testCase().options(safe).controllers(Routes).start();
    const { status, body, headers } = await app.post('/writes', {});
    expect(status).toBe(424);
    expect(body).toMatchObject({
      retry_allowed: false,
      error: { type: 'OUTCOME_UNKNOWN', code: '5001' },
    });
    expect(headers.get('retry-after')).toBeNull();
    expect((await app.get('/writes', { method: 'PATCH' })).status).toBe(424);
    expect((await app.get('/writes', { method: 'PUT' })).status).toBe(502);
    expect((await app.get('/writes')).status).toBe(502);
    expect((await app.post('/writes/declared', {})).status).toBe(502);
    expect(calls).toEqual({ save: 1, change: 1, replace: 4, read: 4, declared: 4 });
  });

  it('run once also where only the interceptor retries them', async () => {
    const options = { ...safe, interceptor: true, retry: now };
    const app = await testCase().options(options).controllers(Bare).start();
    await app.post('/bare', {});
    await app.get('/bare');
    expect(calls).toEqual({ save: 1, read: 4 });
  });

  it('refuse to boot where they are errors', async () => {
    const app = testCase().options({ undeclaredWrites: 'error' }).controllers(Routes);
    await expect(app.start()).rejects.toThrow(/Routes\.save/);
  });
});
