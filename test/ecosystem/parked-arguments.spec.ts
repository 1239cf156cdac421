import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Retryable } from 'nestjs-retryable';
import { hostile } from '../support/calls.js';
import { absent } from './support/brokers.js';
import {
  jobsOf,
  makeDue,
  minutes,
  parkingQueue,
  Platform,
  startParking,
} from './support/parking.js';

const value = 's3cr3t-value';

class Money {
  constructor(readonly amount: number) {}
}

class CreateCampaign {
  name!: string;
}

let serialize: (args: readonly unknown[]) => unknown;

@Injectable()
class Campaigns {
  constructor(private readonly platform: Platform) {}

  @Retryable({ context: 'plain', platform: 'meta', park: { name: 'campaigns.plain' } })
  async plain(...args: unknown[]): Promise<unknown> {
    return this.platform.call(...args);
  }

  @Retryable({
    context: 'pay',
    platform: 'meta',
    park: {
      name: 'campaigns.pay',
      serialize: ([money, at]: [Money, Date]) => ({ amount: money.amount, at: at.toISOString() }),
      deserialize: ({ amount, at }: { amount: number; at: string }) => [
        new Money(amount),
        new Date(at),
      ],
    },
  })
  async pay(money: Money, at: Date): Promise<unknown> {
    return this.platform.call(money, at);
  }

  @Retryable({
    context: 'odd',
    platform: 'meta',
    park: { name: 'campaigns.odd', serialize: (args: unknown[]) => serialize(args) },
  })
  async odd(...args: unknown[]): Promise<unknown> {
    return this.platform.call(...args);
  }
}

async function start() {
  const { prefix, queue } = parkingQueue();
  const app = await startParking({ prefix, providers: [Campaigns] });
  return { ...app, queue, campaigns: app.service(Campaigns) };
}

/** What cannot be kept for another process, or must not be. */
const refused: Record<string, () => unknown> = {
  'a token': () => ({ account: { access_token: value } }),
  'a password in a list': () => [{ password: value }],
  'an API key': () => ({ apiKey: value }),
  'an Authorization header': () => ({ headers: { Authorization: `Bearer ${value}` } }),
  'a client secret': () => ({ client_secret: value }),
  'a cookie': () => ({ cookie: value }),
  'a date': () => ({ at: new Date(0), value }),
  'an instance of a class': () => Object.assign(new Money(5), { value }),
  'a map': () => new Map([['value', value]]),
  'a set': () => new Set([value]),
  'a buffer': () => Buffer.from(value),
  'a typed array': () => new Uint8Array(8),
  'a circle': () => {
    const circle: Record<string, unknown> = { value };
    circle['self'] = circle;
    return circle;
  },
  'a bigint': () => ({ amount: 5n, value }),
  'a function': () => ({ then: () => value }),
  'a symbol': () => ({ symbol: Symbol(value) }),
  'no number': () => ({ amount: NaN, value }),
  'an endless number': () => ({ amount: Infinity, value }),
  'a getter that throws': () =>
    Object.defineProperty({}, 'name', {
      enumerable: true,
      get: () => {
        throw new Error(value);
      },
    }),
  'a toJSON that throws': () => ({
    toJSON: () => {
      throw new Error(value);
    },
  }),
  'a hostile proxy': () => hostile({}),
  'an argument that was left out before another one': () => [undefined, value],
  'a promise': () => Promise.resolve(value),
  'an error': () => new Error(value),
  'an abort signal': () => new AbortController().signal,
  'an endless depth': () => {
    let deep: object = { value };
    for (let n = 0; n < 20_000; n++) deep = { deep };
    return deep;
  },
};

describe.skipIf(absent.has('Redis'))('a call whose arguments cannot be kept', () => {
  it.each(Object.entries(refused))('fails as it would without a queue: %s', async (_, make) => {
    const { through, campaigns, platform, queue, lines } = await start();
    platform.outcomes = [minutes()];
    const reply = await through(() => campaigns.plain('Spring', make()));
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '1200']);
    expect(reply.json).toMatchObject({
      error: { type: 'API_RATE_LIMIT', context: 'plain' },
      retry_allowed: true,
      retry_after: 1200,
    });
    expect(await jobsOf(queue)).toEqual([]);
    const line = lines.only('retry_not_parked');
    expect(line).toMatchObject({ context: 'plain' });
    expect(JSON.stringify(line)).toMatch(/\[1\]/);
    expect(lines.text + reply.text).not.toContain(value);
    expect(lines.of('operation_error')).toMatchObject([
      { type: 'API_RATE_LIMIT', gave_up: 'retry-after-too-long' },
    ]);
  });

  it('is told where: the path to what is wrong, and why', async () => {
    const { through, campaigns, platform, lines } = await start();
    platform.outcomes = [minutes()];
    await through(() => campaigns.plain({ list: [{ ok: 1 }, { access_token: value }] }));
    const text = JSON.stringify(lines.only('retry_not_parked'));
    expect(text).toContain('list[1].access_token');
    expect(text).toMatch(/secret/i);
  });

  it('is one with a DTO that a ValidationPipe has made', async () => {
    const { through, campaigns, platform, queue, lines } = await start();
    platform.outcomes = [minutes()];
    const dto = Object.assign(new CreateCampaign(), { name: value });
    const reply = await through(() => campaigns.plain(dto));
    expect([reply.status, await jobsOf(queue)]).toEqual([429, []]);
    const text = JSON.stringify(lines.only('retry_not_parked'));
    expect(text).toContain('CreateCampaign');
    expect(text).not.toContain(value);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no amount');
      },
    ],
    ['is asynchronous', () => Promise.reject(new Error(value))],
    ['gives a date', () => new Date()],
    ['gives undefined', () => undefined],
    ['gives a function', () => () => value],
    ['gives a secret', () => ({ token: value })],
  ])('is one whose `serialize` %s', async (_, give) => {
    const { through, campaigns, platform, queue, lines } = await start();
    serialize = give;
    platform.outcomes = [minutes()];
    const reply = await through(() => campaigns.odd('x'));
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '1200']);
    expect(await jobsOf(queue)).toEqual([]);
    const line = lines.only('retry_not_parked');
    expect(line).toMatchObject({ context: 'odd' });
    expect(JSON.stringify(line)).toContain('serialize');
    expect(lines.text + reply.text).not.toContain(value);
  });

  it('is one that Redis should not hold: they are too many', async () => {
    const { through, campaigns, platform, queue, lines } = await start();
    platform.outcomes = [minutes()];
    const reply = await through(() => campaigns.plain('x'.repeat(20 * 1024 * 1024)));
    const jobs = await jobsOf(queue);
    expect([reply.status, jobs]).toEqual([429, []]);
    expect(JSON.stringify(lines.only('retry_not_parked')).length).toBeLessThan(2000);
  });
});

describe.skipIf(absent.has('Redis'))('the arguments of a parked call', () => {
  it.each<[string, unknown[]]>([
    ['none', []],
    ['null', [null]],
    ['nested lists and objects', [{ a: [1, 'two', null, true, { b: [] }] }, [[]]]],
    ['words that only sound like secrets', [{ tokens_used: 5, keyword: 'x', monkey: 'y' }]],
    ['a prototype as a key', [JSON.parse('{ "__proto__": { "admin": true } }')]],
    ['objects without a prototype', [Object.assign(Object.create(null) as object, { a: 1 })]],
    ['characters of every kind', ['雪 \u0000 \ud83d\ude00 </script> "']],
    ['a list of ten thousand', [Array.from({ length: 10_000 }, (_, n) => ({ id: n }))]],
  ])('are the same again: %s', async (_, args) => {
    const { parked, ended, campaigns, platform, queue } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => campaigns.plain(...args));
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed' });
    expect(platform.made[1]).toEqual(args);
    expect(platform.made).toHaveLength(2);
  });

  it.each<[string, unknown[], unknown[]]>([
    ['at the end', ['x', undefined, undefined], ['x']],
    ['all of them', [undefined], []],
  ])('that were left out stay out: %s', async (_, args, kept) => {
    const { parked, ended, campaigns, platform, queue } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => campaigns.plain(...args));
    await makeDue(queue);
    await ended(jobId);
    expect(platform.made[1]).toEqual(kept);
  });

  it('may be objects with properties that were left out', async () => {
    const { parked, ended, campaigns, platform, queue } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => campaigns.plain('x', { a: undefined, b: 1 }));
    await makeDue(queue);
    await ended(jobId);
    expect(platform.made[1]).toEqual(['x', { b: 1 }]);
  });

  it('go through `serialize` and `deserialize`', async () => {
    const { parked, ended, campaigns, platform, queue } = await start();
    platform.outcomes = [minutes()];
    const jobId = await parked(() => campaigns.pay(new Money(5), new Date(0)));
    const [job] = await jobsOf(queue);
    expect(job?.data).toMatchObject({ args: { amount: 5, at: '1970-01-01T00:00:00.000Z' } });
    await makeDue(queue);
    expect(await ended(jobId)).toMatchObject({ state: 'completed' });
    expect(platform.made[1]).toEqual([new Money(5), new Date(0)]);
    expect(platform.made[1]?.[0]).toBeInstanceOf(Money);
  });

  it('are those of the moment of the call, though somebody changes them later', async () => {
    const { parked, ended, campaigns, platform, queue } = await start();
    const args = { name: 'Spring' };
    platform.outcomes = [minutes()];
    const jobId = await parked(() => campaigns.plain(args));
    args.name = 'Summer';
    await makeDue(queue);
    await ended(jobId);
    expect(platform.made[1]).toEqual([{ name: 'Spring' }]);
  });
});
