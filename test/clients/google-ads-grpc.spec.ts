import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { OAuth2Client } from 'google-auth-library';
import { grpc } from 'google-gax';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../support/calls.js';
import { closedPort } from '../unit/classify/loopback.js';
import { REFUSED } from '../unit/classify/verdict.js';
import { mutate } from './support/google-ads-node.js';
import {
  startGrpcServer,
  startRelay,
  status,
  statusWith,
  type GrpcServer,
} from './support/grpc-server.js';
import { json, startHttpServer, type HttpServer } from './support/http-server.js';
import {
  after,
  expectVerdict,
  INVALID_INPUT,
  NO_ANSWER,
  PERMISSION_DENIED,
  SERVICE_FAILED,
  THROTTLED,
  TOKEN_EXPIRED,
  TOKEN_INVALID,
  type Expected,
} from './support/verdict.js';

const { status: Code } = grpc;

let server: GrpcServer;
let tokens: HttpServer;

beforeAll(async () => {
  [server, tokens] = await Promise.all([startGrpcServer(), startHttpServer()]);
});

afterAll(async () => {
  server.stop();
  await tokens.close();
});

describe('a status of gRPC without a GoogleAdsFailure', () => {
  it.each<readonly [keyof typeof Code, Expected]>([
    ['UNAUTHENTICATED', TOKEN_INVALID],
    ['PERMISSION_DENIED', PERMISSION_DENIED],
    ['RESOURCE_EXHAUSTED', THROTTLED],
    ['INVALID_ARGUMENT', INVALID_INPUT],
    ['NOT_FOUND', INVALID_INPUT],
    ['INTERNAL', SERVICE_FAILED],
    ['UNKNOWN', SERVICE_FAILED],
    ['ABORTED', SERVICE_FAILED],
    ['UNAVAILABLE', SERVICE_FAILED],
    ['DEADLINE_EXCEEDED', NO_ANSWER],
    ['CANCELLED', SERVICE_FAILED],
  ])('is understood by its code: %s', async (name, verdict) => {
    server.answerWith(status(Code[name], 'words'));
    expectVerdict(await failureOf(mutate(server.port)), 'google', verdict);
  });

  it('says in its ErrorInfo that a token has expired', async () => {
    const info = { reason: 'ACCESS_TOKEN_EXPIRED', domain: 'googleapis.com' };
    server.answerWith(statusWith(Code.UNAUTHENTICATED, 'ErrorInfo', info));
    expectVerdict(await failureOf(mutate(server.port)), 'google', TOKEN_EXPIRED);
  });

  it('states the wait of its RetryInfo', async () => {
    const info = { retry_delay: { seconds: 30 } };
    server.answerWith(statusWith(Code.RESOURCE_EXHAUSTED, 'RetryInfo', info));
    expectVerdict(await failureOf(mutate(server.port)), 'google', after(30, THROTTLED));
  });

  it('leaves it open where a trailer cannot be read', async () => {
    const garbage = {
      'google.ads.googleads.v25.errors.googleadsfailure-bin': Buffer.from([255, 1]),
    };
    server.answerWith(status(Code.INTERNAL, 'words', garbage));
    expectVerdict(await failureOf(mutate(server.port)), 'google', SERVICE_FAILED);
  });
});

describe('a call without an answer', () => {
  it('has not executed where nobody listens', async () => {
    expectVerdict(await failureOf(mutate(await closedPort())), 'google', REFUSED);
  });

  it.each(['resetAndDestroy', 'destroy'] as const)(
    'leaves open what happened where the connection is gone: %s',
    async (end) => {
      const relay = await startRelay(server.port);
      server.answerWith(() => relay.endAll(end));
      const error = await failureOf(mutate(relay.port));
      relay.close();
      expectVerdict(error, 'google', SERVICE_FAILED);
    },
  );

  // The server cancels the streams that it has open: nobody here has cancelled anything.
  it('leaves it open where the server stops', async () => {
    const stopping = await startGrpcServer();
    stopping.answerWith(() => stopping.stop());
    expectVerdict(await failureOf(mutate(stopping.port)), 'google', SERVICE_FAILED);
  });

  it('leaves it open after a time limit', async () => {
    server.answerWith(() => undefined);
    const error = await failureOf(mutate(server.port, { timeout: 20, retry: null }));
    expectVerdict(error, 'google', NO_ANSWER);
  });

  const backoff = {
    initialRetryDelayMillis: 1,
    retryDelayMultiplier: 1,
    maxRetryDelayMillis: 1,
    initialRpcTimeoutMillis: 5000,
    rpcTimeoutMultiplier: 1,
    maxRpcTimeoutMillis: 5000,
  };

  /** A mutate that google-gax itself repeats where the server is not available. */
  const mutateAgain = (settings: object) => {
    const backoffSettings = { ...backoff, ...settings };
    return mutate(server.port, { retry: { retryCodes: [Code.UNAVAILABLE], backoffSettings } });
  };

  it('leaves it open where google-gax has no more time for repeats', async () => {
    server.answerWith(status(Code.UNAVAILABLE, 'words'));
    const error = await failureOf(mutateAgain({ totalTimeoutMillis: 1 }));
    expect(error).toMatchObject({ code: Code.DEADLINE_EXCEEDED, name: 'Error' });
    expectVerdict(error, 'google', SERVICE_FAILED);
  });

  it('leaves it open where google-gax has repeated it as often as it may', async () => {
    server.answerWith(status(Code.UNAVAILABLE, 'words'));
    expectVerdict(await failureOf(mutateAgain({ maxRetries: 2 })), 'google', SERVICE_FAILED);
  });

  // The error is the same as that of a first call: the repeats of google-gax have to be switched off.
  it('does not tell of the call before where google-gax has repeated it', async () => {
    server.answerWith((answer) => {
      server.answerWith(status(Code.RESOURCE_EXHAUSTED, 'words'));
      status(Code.UNAVAILABLE, 'words')(answer);
    });
    const error = await failureOf(mutateAgain({ totalTimeoutMillis: 5000 }));
    expectVerdict(error, 'google', THROTTLED);
  });

  it.each<readonly [number, Expected]>([
    [401, TOKEN_INVALID],
    [403, PERMISSION_DENIED],
    [429, SERVICE_FAILED],
    [503, SERVICE_FAILED],
  ])('is what a proxy says that knows no gRPC: %i', async (code, verdict) => {
    const proxy = createHttp2Server((_, response) => {
      response.writeHead(code, { 'content-type': 'text/html' }).end('<html></html>');
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    const { port } = proxy.address() as AddressInfo;
    const error = await failureOf(mutate(port));
    proxy.close();
    expectVerdict(error, 'google', verdict);
  });
});

describe('a token that cannot be had', () => {
  it.each<readonly [string, number, string, Expected]>([
    ['whose consent was withdrawn', 400, 'invalid_grant', TOKEN_INVALID],
    ['of an app that is unknown', 401, 'invalid_client', PERMISSION_DENIED],
  ])('%s is refused before the call, which is not made', async (_, code, error, verdict) => {
    const calls = server.calls;
    tokens.answerWith(json(code, { error, error_description: 'words' }));
    const auth = new OAuth2Client({
      clientId: 'id',
      clientSecret: 'secret',
      endpoints: { oauth2TokenUrl: `${tokens.url}/token` },
    });
    auth.setCredentials({ refresh_token: 'refresh' });
    const credentials = grpc.credentials.createFromGoogleCredential({
      getRequestHeaders: async () => Object.fromEntries(await auth.getRequestHeaders()),
    });
    const options = { retry: null, otherArgs: { options: { credentials } } };
    expectVerdict(await failureOf(mutate(server.port, options)), 'google', verdict);
    expectVerdict(await failureOf(auth.getAccessToken()), 'google', verdict);
    expect(server.calls).toBe(calls);
  });
});
