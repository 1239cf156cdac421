import { describe, expect, it } from 'vitest';
import { Retryable } from '../../lib/index.js';
import { context } from '../support/context.js';

describe('an option of the module', () => {
  it.each([
    ['undeclaredWrites', 'maybe'],
    ['undeclaredWrites', null],
    ['requestTimeout', 0],
    ['requestTimeout', '5s'],
    ['shutdownGrace', -1],
    ['cooldown', true],
    ['cooldown', { maxCooldown: -1 }],
    ['cooldown', { store: {} }],
    ['cooldown', { store: new Map() }],
    ['cooldown', { max: 1 }],
  ])('is refused at boot: %s %j', async (name, value) => {
    await expect(context({ [name]: value })).rejects.toThrow(TypeError);
  });
});

describe('an option of a method', () => {
  const key = (): string => 'a';

  it.each<[object]>([
    [{ idempotent: 'yes' }],
    [{ idempotent: null }],
    [{ reconcile: 5 }],
    [{ reconcile: 'nope' }],
    [{ key: 'a' }],
    [{ idempotencyKey: 'a' }],
    [{ repair: { TOKEN_EXPIRED: 'nope' }, key }],
    [{ repair: 'refresh', key }],
    [{ through: {} }],
    [{ through: () => 1 }],
    [{ cooldown: {} }],
    [{ cooldown: { maxCooldown: 1 } }],
  ])('is refused where it is written: %j', (options) => {
    expect(() => {
      class Bad {
        @Retryable(options)
        async call(): Promise<void> {}
      }
      return Bad;
    }).toThrow(TypeError);
  });
});

describe('a repair', () => {
  const repair = { TOKEN_EXPIRED: async () => undefined };

  it('without a key lets no application boot, in one sentence that names the method', async () => {
    class Unkeyed {
      @Retryable({ platform: 'meta' })
      async load(): Promise<void> {}
    }
    Retryable({ repair })(Unkeyed);
    await expect(context({}, Unkeyed)).rejects.toThrow(/`key`.*`repair`.*Unkeyed\.load/);
  });

  it('may have the key of its class', async () => {
    @Retryable({ key: () => 'a' })
    class Keyed {
      @Retryable({ platform: 'meta', repair })
      async load(): Promise<void> {}
    }
    await expect(context({}, Keyed)).resolves.toBeDefined();
  });
});

describe('a provider', () => {
  it('may be a proxy that can be looked at only in a request', async () => {
    const refuse = () => {
      throw new Error('not in a request');
    };
    const proxy = new Proxy({}, { ownKeys: refuse, getPrototypeOf: refuse, get: () => undefined });
    const { module } = await context({}, { provide: 'PROXY', useFactory: () => proxy });
    expect(module.get('PROXY') === proxy).toBe(true);
  });
});
