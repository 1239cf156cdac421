import { Agent, fetch as undiciFetch, interceptors, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyError } from '../../../lib/index.js';
import { failureOf } from '../../support/calls.js';
import { closedPort, failingLookup, startFaultyServer, type FaultyServer } from './loopback.js';
import { BROKEN, CANCELLED, REFUSED, TIMED_OUT, verdictOn } from './verdict.js';

type Connect = NonNullable<Agent.Options['connect']>;

let server: FaultyServer;
let refused: string;
const agents: Agent[] = [];

function agent(options: Agent.Options = {}): Agent {
  const created = new Agent(options);
  agents.push(created);
  return created;
}

beforeAll(async () => {
  const [started, port] = await Promise.all([startFaultyServer(), closedPort()]);
  server = started;
  refused = `http://127.0.0.1:${port}`;
});

afterAll(async () => {
  await Promise.all(agents.map((each) => each.destroy()));
  await server.close();
});

/** The errors of a request by each of the three, the answer read to its end. */
const clients = {
  'global fetch': async (url: string, signal?: AbortSignal) =>
    failureOf(fetch(url, { ...(signal && { signal }) }).then((response) => response.text())),
  'fetch of undici': async (url: string, signal?: AbortSignal) =>
    failureOf(undiciFetch(url, { ...(signal && { signal }) }).then((response) => response.text())),
  'request of undici': async (url: string, signal?: AbortSignal) =>
    failureOf(request(url, { ...(signal && { signal }) }).then(({ body }) => body.text())),
};

describe.each(Object.entries(clients))('an error of %s', (_, failed) => {
  it('says that nothing was sent where nobody listens', async () => {
    expect(verdictOn(await failed(refused))).toEqual(REFUSED);
  });

  it.each(['reset', 'closed', 'half'])(
    'leaves open what happened where the connection was %s',
    async (fault) => {
      expect(verdictOn(await failed(server.url(fault)))).toEqual(BROKEN);
    },
  );

  it.each(['hang', 'slow'])('is a cancellation where the caller aborted (%s)', async (fault) => {
    const controller = new AbortController();
    const failure = failed(server.url(fault), controller.signal);
    setImmediate(() => controller.abort());
    expect(verdictOn(await failure)).toEqual(CANCELLED);
  });

  it.each(['hang', 'slow'])('is a time-out where a signal ended it (%s)', async (fault) => {
    expect(verdictOn(await failed(server.url(fault), AbortSignal.timeout(20)))).toEqual(TIMED_OUT);
  });
});

describe('an error of undici', () => {
  it('says that nothing was sent where no connection was made in time', async () => {
    const connect = { timeout: 1, lookup: () => undefined } as unknown as Connect;
    const error = await failureOf(
      request('http://nowhere.test', { dispatcher: agent({ connect }) }),
    );
    expect(error).toMatchObject({ code: 'UND_ERR_CONNECT_TIMEOUT' });
    expect(verdictOn(error)).toEqual(REFUSED);
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN'] as const)('says so where a name is %s', async (code) => {
    const connect = { lookup: failingLookup(code) } as unknown as Connect;
    const error = await failureOf(
      undiciFetch('http://nowhere.test', { dispatcher: agent({ connect }) }),
    );
    expect(error).toMatchObject({ message: 'fetch failed', cause: { code } });
    expect(verdictOn(error)).toEqual(REFUSED);
  });

  it.each([
    ['UND_ERR_INFO', BROKEN],
    ['UND_ERR_CLOSED', ['CONNECTION_FAILED', 'final', 'not executed']],
    ['UND_ERR_DESTROYED', ['CONNECTION_FAILED', 'final', 'may have executed']],
    ['UND_ERR_PRX_TLS', ['CONNECTION_FAILED', 'final', 'not executed']],
    ['UND_ERR_ABORT', CANCELLED],
  ])('is known by its code %s', (code, verdict) => {
    const cause = Object.assign(new Error('x'), { code });
    expect(verdictOn(new TypeError('fetch failed', { cause }))).toEqual(verdict);
  });

  it.each([
    ['hang', { headersTimeout: 1 }, 'UND_ERR_HEADERS_TIMEOUT'],
    ['slow', { bodyTimeout: 1 }, 'UND_ERR_BODY_TIMEOUT'],
  ])('is a time-out where the answer is not there in time (%s)', async (fault, limit, code) => {
    const url = server.url(fault);
    const direct = await failureOf(request(url, limit).then(({ body }) => body.text()));
    expect(direct).toMatchObject({ code });
    expect(verdictOn(direct)).toEqual(TIMED_OUT);
    const dispatcher = agent(limit);
    const wrapped = await failureOf(undiciFetch(url, { dispatcher }).then((each) => each.text()));
    expect(wrapped).toMatchObject({ cause: { code } });
    expect(verdictOn(wrapped)).toEqual(TIMED_OUT);
  });

  it.each([429, 503])('of the status %i keeps the wait that was asked for', async (status) => {
    const dispatcher = agent().compose(interceptors.responseError());
    const error = await failureOf(request(server.url(String(status)), { dispatcher }));
    expect(classifyError(error)).toMatchObject({
      type: status === 429 ? 'API_RATE_LIMIT' : 'SERVICE_UNAVAILABLE',
      retryAfter: 7,
      cause: error,
    });
  });
});
