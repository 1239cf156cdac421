import { expect, it } from 'vitest';
import { constant, Retryable } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { rejectWith } from '../support/calls.js';
import { failingRoute } from '../support/failing-route.js';

const SECRET = 'EAABsbCS1iHgBAKZCq8vZBsecret';

function circular(): Error {
  const error = new Error('circular');
  return Object.assign(error, { cause: error, self: { error } });
}

function withThrowingGetters(): object {
  const throwing = {
    get: () => {
      throw new Error(SECRET);
    },
    enumerable: true,
  };
  const keys = [
    'name',
    'message',
    'stack',
    'cause',
    'status',
    'code',
    'type',
    'response',
    'errors',
  ];
  return Object.defineProperties(
    new Error(),
    Object.fromEntries(keys.map((key) => [key, throwing])),
  );
}

function withThrowingMethods(): object {
  const refuse = () => {
    throw new Error(SECRET);
  };
  return Object.assign(new Error('a'), {
    getStatus: refuse,
    getResponse: refuse,
    toString: refuse,
  });
}

function hostileProxy(): object {
  const refuse = () => {
    throw new Error(SECRET);
  };
  return new Proxy(new Error(SECRET), {
    get: refuse,
    has: refuse,
    getPrototypeOf: refuse,
    ownKeys: refuse,
    getOwnPropertyDescriptor: refuse,
  });
}

class PostgresError extends Error {
  readonly password = SECRET;
  readonly query = `UPDATE accounts SET token = '${SECRET}'`;
}

const THROWN: readonly [string, () => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a number', () => 404],
  ['a text', () => `connect failed: password=${SECRET}`],
  ['a symbol', () => Symbol(SECRET)],
  ['a function', () => () => SECRET],
  ['an empty object', () => ({})],
  ['an object without a prototype', () => Object.assign(Object.create(null), { a: SECRET })],
  ['a look-alike of the JSON', () => ({ status: 'error', error: { code: SECRET } })],
  ['an AggregateError', () => new AggregateError([new Error(SECRET), SECRET, null], SECRET)],
  ['a circular error', circular],
  ['a frozen error', () => Object.freeze(new Error(SECRET))],
  ['an error of a driver', () => new PostgresError(`insert failed for ${SECRET}`)],
  ['an error whose getters throw', withThrowingGetters],
  ['an error whose methods throw', withThrowingMethods],
  ['a proxy whose traps throw', hostileProxy],
  ['a megabyte of message', () => new Error(SECRET.repeat(40_000))],
  ['a megabyte of name', () => Object.assign(new Error(), { name: SECRET.repeat(40_000) })],
];

onBothAdapters('whatever is thrown', (testCase) => {
  it.each(THROWN)('%s is an UNKNOWN_ERROR that tells nothing', async (_, thrown) => {
    const app = await testCase().controllers(failingRoute(thrown)).start();
    const { status, text, body } = await app.get('/fail');
    expect(status).toBe(500);
    expect(Object.keys(body)).toEqual(['status', 'error', 'retry_allowed']);
    expect(body).toMatchObject({
      status: 'error',
      error: { code: '1000', type: 'UNKNOWN_ERROR', message: '系统发生意外错误' },
      retry_allowed: false,
    });
    expect(text.length).toBeLessThan(500);
    const logged = JSON.stringify(app.lines.only('operation_error'));
    expect(logged.length).toBeLessThan(10_000);
    expect(text + logged).not.toContain(SECRET);
  });

  it.each(THROWN)('%s passes through a retried method unchanged, once', async (_, thrown) => {
    const error = thrown();
    let calls = 0;
    class Service {
      @Retryable({ backoff: constant(0) })
      read(): Promise<never> {
        calls++;
        return rejectWith(error);
      }
    }
    const caught: unknown[] = [];
    const app = await testCase()
      .providers(Service)
      .controllers(
        failingRoute(() => {
          throw error;
        }),
      )
      .start();
    await app.nest
      .get(Service)
      .read()
      .catch((reason: unknown) => caught.push(reason));
    expect(calls).toBe(1);
    expect(Object.is(caught[0], error)).toBe(true);
    expect((await app.get('/fail')).status).toBe(500);
  });
});
