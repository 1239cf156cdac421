import { RateLimitError } from '../../../lib/index.js';

function refuse(): never {
  throw new Error('hostile');
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function deepChain(depth: number): Error {
  let error = new Error('the first cause');
  for (let index = 0; index < depth; index++) error = new Error('above', { cause: error });
  return error;
}

function circular(): Error {
  const error = new Error('its own cause');
  return Object.assign(error, { cause: error, response: error, errors: [error], self: error });
}

/** Ten errors, each of the ten times the next ten, and so on: a small object, an endless tree. */
function wideTree(depth: number): Error {
  let error: Error = Object.assign(new Error('leaf'), { code: 'ECONNREFUSED' });
  for (let index = 0; index < depth; index++) {
    error = new AggregateError(Array.from({ length: 10 }, () => error));
  }
  return error;
}

const throwing: ProxyHandler<object> = {
  get: refuse,
  has: refuse,
  ownKeys: refuse,
  getPrototypeOf: refuse,
  getOwnPropertyDescriptor: refuse,
};

/** Takes part in `instanceof` and lets its brand be seen, but nothing else. */
const brandedOnly: ProxyHandler<object> = {
  get: (target, key) => (typeof key === 'symbol' ? Reflect.get(target, key) : refuse()),
};

/** Objects that were made to break whoever looks at them. */
export const HOSTILE_OBJECTS: readonly { readonly what: string; readonly value: object }[] = [
  {
    what: 'getters that throw',
    value: Object.defineProperties(
      new Error('x'),
      Object.fromEntries(
        ['message', 'name', 'stack', 'code', 'status', 'response', 'cause', 'errors'].map((key) => [
          key,
          { get: refuse },
        ]),
      ),
    ),
  },
  { what: 'a Proxy whose traps throw', value: new Proxy(new Error('x'), throwing) },
  { what: 'a revoked Proxy', value: revoked(new Error('x')) },
  { what: 'a Proxy of our own error', value: new Proxy(new RateLimitError('meta'), throwing) },
  { what: 'a branded Proxy', value: new Proxy(new RateLimitError('meta'), brandedOnly) },
  {
    what: 'a brand on a bare object',
    value: { [Symbol.for('nestjs-retryable:ServiceError')]: true },
  },
  {
    what: 'revoked parts',
    value: Object.assign(new Error('x'), {
      response: revoked({}),
      errors: revoked([]),
      cause: revoked({}),
    }),
  },
  {
    what: 'revoked headers',
    value: { response: { status: 503, headers: { get: () => revoked([]) } } },
  },
  {
    what: 'a status with headers that throw',
    value: { response: { status: 429, headers: { get: refuse } } },
  },
  {
    what: 'an HTTP exception that throws',
    value: Object.assign(new Error('x'), { getStatus: refuse, getResponse: refuse }),
  },
  {
    what: 'an HTTP exception with a revoked body',
    value: Object.assign(new Error('x'), {
      getStatus: () => 400,
      getResponse: () => ({ message: revoked([]) }),
    }),
  },
  { what: 'no prototype', value: Object.create(null) as object },
  { what: 'a circle', value: circular() },
  { what: 'a deep chain of causes', value: deepChain(10_000) },
  { what: 'a tree without end', value: wideTree(9) },
  {
    what: 'prototype keys',
    value: JSON.parse(
      '{"__proto__":{"code":"ECONNREFUSED"},"code":"__proto__","name":"constructor","status":503}',
    ) as object,
  },
  { what: 'a megabyte of message', value: new Error('x y'.repeat(350_000)) },
  {
    what: 'a megabyte of code',
    value: Object.assign(new Error('x'), { code: 'E'.repeat(1_000_000) }),
  },
  { what: 'a frozen error', value: Object.freeze(new Error('x')) },
  { what: 'a class without a name', value: new (class {})() },
  {
    what: 'a class whose name is no text',
    value: new (class {
      static name = 5 as unknown as string;
    })(),
  },
];
