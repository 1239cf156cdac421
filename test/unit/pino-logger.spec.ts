import { pino } from 'pino';
import { expect, it } from 'vitest';
import { withRequestsCut } from '../../lib/pino-logger.js';

const REQUEST = {
  id: 7,
  method: 'POST',
  url: '/reset/EAABsbCS1iHgBAKZCq8vZBtoken?access_token=SECRET#SECRET',
  headers: { authorization: 'Bearer SECRET' },
};
const CUT = { id: 7, method: 'POST', url: '/reset/[redacted]' };

function setUp(options: object = {}) {
  const lines: Record<string, unknown>[] = [];
  const root = pino(
    { base: { service: 'ads' }, timestamp: false, level: 'warn', ...options },
    { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const nestjsPino = {
    logger: root,
    info: (fields: object, event: string) => nestjsPino.logger.info(fields, event),
    warn: (fields: object, event: string) => nestjsPino.logger.warn(fields, event),
    error: (fields: object, event: string) => nestjsPino.logger.error(fields, event),
  };
  return { lines, root, nestjsPino, ours: withRequestsCut(nestjsPino) };
}

it('outside of a request a line is what nestjs-pino makes of it', () => {
  const { lines, ours } = setUp();
  ours.warn({ context: 'A' }, 'event');
  expect(lines).toEqual([{ level: 40, service: 'ads', context: 'A', msg: 'event' }]);
});

it.each(['req', 'request'])('a request bound as %s is cut, all else stays', (name) => {
  const { lines, root, nestjsPino, ours } = setUp({
    serializers: { [name]: (value: object) => value, user: (user: string) => `user ${user}` },
  });
  nestjsPino.logger = root
    .child({ [name]: REQUEST })
    .child({ tenant: 'blue', user: 'Li', none: null });
  ours.error({ context: 'A' }, 'event');
  expect(lines).toEqual([
    {
      level: 50,
      service: 'ads',
      [name]: CUT,
      tenant: 'blue',
      user: 'user Li',
      none: null,
      context: 'A',
      msg: 'event',
    },
  ]);
});

it('a request bound without its headers is cut all the same', () => {
  const { lines, root, nestjsPino, ours } = setUp();
  nestjsPino.logger = root.child({ req: { id: 7, url: '/a?token=SECRET' } });
  ours.warn({}, 'event');
  expect(lines[0]?.['req']).toEqual({ id: 7, url: '/a' });
});

it('a request that a serializer has changed, or that is a member, is cut too', () => {
  const { lines, root, nestjsPino, ours } = setUp();
  nestjsPino.logger = root
    .child({ req: 'GET /a?token=SECRET' })
    .child({ http: { request: { method: 'GET', path: '/b?token=SECRET', h: 'SECRET' }, v: 2 } })
    .child({ incoming: { method: 'GET', path: '/c?token=SECRET', h: { cookie: 'SECRET' } } });
  ours.warn({}, 'event');
  expect(lines[0]).toMatchObject({
    req: 'GET /a',
    http: { request: { method: 'GET', url: '/b' }, v: 2 },
    incoming: { method: 'GET', url: '/c' },
  });
  expect(JSON.stringify(lines)).not.toContain('SECRET');
});

it('what only has a URL is no request', () => {
  const { lines, root, nestjsPino, ours } = setUp();
  const campaign = { name: 'Spring', url: 'https://x.test/y', budget: 5 };
  nestjsPino.logger = root.child({ req: REQUEST, campaign });
  ours.warn({}, 'event');
  expect(lines[0]).toMatchObject({ req: CUT, campaign });
});

it('bindings that say nothing of a request are left alone', () => {
  const { lines, root, nestjsPino, ours } = setUp();
  nestjsPino.logger = root.child({ reqId: 'r-1', rpc: { pattern: 'create' } });
  ours.warn({}, 'event');
  expect(lines[0]).toMatchObject({ reqId: 'r-1', rpc: { pattern: 'create' } });
});

it('the level of the request is kept', () => {
  const { lines, root, nestjsPino, ours } = setUp();
  nestjsPino.logger = root.child({ req: REQUEST }, { level: 'info' });
  ours.info({}, 'event');
  expect(lines).toHaveLength(1);
});

it('the logger of another library is written to as it is', () => {
  const events: string[] = [];
  const write = (_: object, event: string) => void events.push(event);
  const foreign = { info: write, warn: write, error: write };
  withRequestsCut(foreign).warn({}, 'event');
  expect(events).toEqual(['event']);
});

it('a request logger that does not inherit from its parent gives way to the one of the start', () => {
  const { lines, root, nestjsPino, ours } = setUp();
  const child = root.child({ req: REQUEST });
  const methods = ['info', 'warn', 'error', 'bindings', 'child'] as const;
  nestjsPino.logger = Object.assign(
    Object.create(null),
    Object.fromEntries(methods.map((name) => [name, child[name].bind(child)])),
  ) as typeof root;
  ours.warn({}, 'event');
  expect(lines).toEqual([{ level: 40, service: 'ads', req: CUT, msg: 'event' }]);
});
