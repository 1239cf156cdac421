import { once, EventEmitter } from 'node:events';
import { get, type RequestOptions } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { lastValueFrom, NEVER, timeout } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classifyError } from '../../../lib/index.js';
import { failureOf } from '../../support/calls.js';
import { closedPort, failingLookup, startFaultyServer, type FaultyServer } from './loopback.js';
import { BROKEN, CANCELLED, REFUSED, TIMED_OUT, verdictOn } from './verdict.js';

let server: FaultyServer;
let unused: number;

beforeAll(async () => {
  [server, unused] = await Promise.all([startFaultyServer(), closedPort()]);
});

afterAll(() => server.close());

/** The error of a request by node:http. */
function failed(url: string, options: RequestOptions = {}): Promise<unknown> {
  return failureOf(
    new Promise((resolve, reject) => {
      const request = get(url, options, (response) => {
        response.on('error', reject).on('end', resolve).resume();
      });
      request.on('error', reject);
    }),
  );
}

describe('an error of node:http', () => {
  it('says that nothing was sent where nobody listens', async () => {
    const error = await failed(`http://127.0.0.1:${unused}`);
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(verdictOn(error)).toEqual(REFUSED);
  });

  it('says so for every address of a name that was tried', async () => {
    const addresses = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
    const lookup = (_: string, __: unknown, done: (error: null, found: object[]) => void) =>
      done(null, addresses);
    const options = { lookup, autoSelectFamily: true } as unknown as RequestOptions;
    const error = await failed(`http://several.test:${unused}`, options);
    expect(error).toBeInstanceOf(AggregateError);
    expect(verdictOn(error)).toEqual(REFUSED);
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN'] as const)('says so where a name is %s', async (code) => {
    const lookup = failingLookup(code) as unknown as NonNullable<RequestOptions['lookup']>;
    expect(verdictOn(await failed('http://nowhere.test', { lookup }))).toEqual(REFUSED);
  });

  it.each(['reset', 'closed', 'half'])(
    'leaves open what happened where the connection was %s',
    async (fault) => {
      const error = await failed(server.url(fault));
      expect(error).toMatchObject({ code: 'ECONNRESET' });
      expect(verdictOn(error)).toEqual(BROKEN);
    },
  );

  it('is a cancellation where the caller aborted', async () => {
    const controller = new AbortController();
    const failure = failed(server.url('hang'), { signal: controller.signal });
    controller.abort();
    expect(verdictOn(await failure)).toEqual(CANCELLED);
  });

  it('is a time-out where the signal was a time limit', async () => {
    const failure = failed(server.url('hang'), { signal: AbortSignal.timeout(1) });
    expect(verdictOn(await failure)).toEqual(TIMED_OUT);
  });
});

describe('an abort', () => {
  it('by a caller is a cancellation, whatever was waited for', async () => {
    expect(
      verdictOn(await failureOf(wait(1000, undefined, { signal: AbortSignal.abort() }))),
    ).toEqual(CANCELLED);
    expect(verdictOn(AbortSignal.abort().reason)).toEqual(CANCELLED);
  });

  it('by a time limit is a time-out, whatever was waited for', async () => {
    const limit = () => ({ signal: AbortSignal.timeout(1) });
    const { signal } = limit();
    await once(signal, 'abort');
    expect(verdictOn(signal.reason)).toEqual(TIMED_OUT);
    expect(verdictOn(await failureOf(wait(1000, undefined, limit())))).toEqual(TIMED_OUT);
    expect(verdictOn(await failureOf(once(new EventEmitter(), 'x', limit())))).toEqual(TIMED_OUT);
  });
});

describe('a time-out', () => {
  it('of rxjs is one', async () => {
    const error = await failureOf(lastValueFrom(NEVER.pipe(timeout(1))));
    expect(error).toMatchObject({ name: 'TimeoutError' });
    expect(verdictOn(error)).toEqual(TIMED_OUT);
  });

  it('of a connection that was not made has not executed', () => {
    const connect = Object.assign(new Error('x'), { code: 'ETIMEDOUT', syscall: 'connect' });
    const answer = Object.assign(new Error('x'), { code: 'ETIMEDOUT', syscall: 'read' });
    expect(verdictOn(connect)).toEqual(REFUSED);
    expect(verdictOn(answer)).toEqual(TIMED_OUT);
  });
});

describe('a code', () => {
  const coded = (code: string) => Object.assign(new Error('x'), { code });

  it.each(['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'UND_ERR_CONNECT_TIMEOUT'])(
    '%s means that nothing was sent',
    (code) => {
      expect(verdictOn(coded(code))).toEqual(REFUSED);
    },
  );

  it('of a peer that cannot be trusted is final, since it will not be trusted later', () => {
    for (const code of ['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT']) {
      expect(verdictOn(coded(code))).toEqual(['CONNECTION_FAILED', 'final', 'not executed']);
    }
  });

  it('of a handshake that broke off means that nothing was sent', () => {
    const message =
      'Client network socket disconnected before secure TLS connection was established';
    expect(verdictOn(Object.assign(new Error(message), { code: 'ECONNRESET' }))).toEqual(REFUSED);
  });

  it.each(['EHOSTUNREACH', 'ENETUNREACH'])(
    'of a route says whether the connection was in use: %s',
    (code) => {
      const failed = (fields: object, message = 'x') =>
        verdictOn(Object.assign(new Error(message), { code, ...fields }));
      expect(failed({ syscall: 'connect' })).toEqual(REFUSED);
      expect(failed({}, `connect ${code} 10.0.0.1:443`)).toEqual(REFUSED);
      expect(failed({ syscall: 'read' })).toEqual(BROKEN);
      expect(failed({}, `write ${code}`)).toEqual(BROKEN);
    },
  );

  it('of a connection that was not made in time means that nothing was sent, as axios says it too', () => {
    const failed = (message: string) =>
      verdictOn(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
    expect(failed('connect ETIMEDOUT 10.0.0.1:443')).toEqual(REFUSED);
    expect(failed('timeout of 5000ms exceeded')).toEqual(TIMED_OUT);
  });

  it('of an answer that had begun leaves open what happened', () => {
    const terminated = (code: string) =>
      verdictOn(new TypeError('terminated', { cause: coded(code) }));
    expect(terminated('ECONNREFUSED')).toEqual(BROKEN);
    expect(terminated('UND_ERR_SOCKET')).toEqual(BROKEN);
    expect(terminated('UND_ERR_BODY_TIMEOUT')).toEqual(TIMED_OUT);
  });

  it('of TLS is final, unless the connection was in use', () => {
    expect(verdictOn(coded('ERR_SSL_WRONG_VERSION_NUMBER'))).toEqual([
      'CONNECTION_FAILED',
      'final',
      'not executed',
    ]);
    expect(verdictOn(coded('ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC'))).toEqual(BROKEN);
  });

  it.each(['EACCES', 'ENOENT', '__proto__', 'constructor', 'toString', '', 'econnrefused'])(
    'that is none of the network is not recognised: %s',
    (code) => {
      expect(classifyError(coded(code))).toBeUndefined();
    },
  );
});

describe('several errors in one', () => {
  const coded = (code: string) => Object.assign(new Error('x'), { code });

  it('may have executed if one of them may have', () => {
    const errors = [coded('ECONNREFUSED'), coded('ECONNRESET')];
    expect(verdictOn(new AggregateError(errors))).toEqual(BROKEN);
    expect(verdictOn(new AggregateError(errors.toReversed()))).toEqual(BROKEN);
  });

  it('may have executed if there are more than are looked at', () => {
    const refused = Array.from({ length: 11 }, () => coded('ECONNREFUSED'));
    expect(verdictOn(new AggregateError(refused))).toEqual(BROKEN);
    expect(verdictOn(new AggregateError(refused.slice(1)))).toEqual(REFUSED);
  });

  it('are opened where one of them sums up others', () => {
    const sum = (...errors: unknown[]) =>
      Object.assign(new AggregateError(errors), { code: 'ECONNREFUSED' });
    const [refused, reset] = [coded('ECONNREFUSED'), coded('ECONNRESET')];
    expect(verdictOn(sum(refused, sum(refused, refused)))).toEqual(REFUSED);
    expect(verdictOn(sum(refused, sum(refused, reset)))).toEqual(BROKEN);
    expect(verdictOn(sum(refused, sum(sum(sum(reset)))))).toBeUndefined();
  });

  it('are believed more than an error around them that says nothing was sent', () => {
    const cause = new AggregateError([coded('ECONNREFUSED'), coded('ECONNRESET')]);
    const around = Object.assign(new Error('x', { cause }), { code: 'ECONNREFUSED' });
    expect(verdictOn(around)).toEqual(BROKEN);
  });

  it('are not recognised if one of them is not', () => {
    for (const other of [new Error('x'), 'text', undefined, new AggregateError([])]) {
      expect(verdictOn(new AggregateError([coded('ECONNREFUSED'), other]))).toBeUndefined();
    }
    expect(classifyError(new AggregateError([]))).toBeUndefined();
  });

  it('are looked at once, though they hold themselves', () => {
    const error = new AggregateError([]);
    error.errors.push(error, error);
    expect(verdictOn(error)).toBeUndefined();
  });
});
