import { Controller, Get } from '@nestjs/common';
import {
  MessagePattern,
  RpcException,
  Transport,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { describe, expect, it } from 'vitest';
import { Retryable, type RetryableModuleOptions } from 'nestjs-retryable';
import { startHttp } from './support/http.js';
import { clientOptions, connectClient, run } from './support/microservice.js';
import { failureOf } from '../support/calls.js';
import { exhausted, expectNoLeak } from './support/standard-json.js';
import { Adapter, Upstream } from './support/upstream.js';

const operation = { context: 'operation', platform: 'meta' };

@Controller()
class Handlers {
  constructor(
    private readonly upstream: Upstream,
    private readonly adapter: Adapter,
  ) {}

  @Get('handler')
  @MessagePattern(`${run}.handler`)
  @Retryable(operation)
  handler(): Promise<string> {
    return this.upstream.call();
  }

  @Get('hangs')
  @MessagePattern(`${run}.hangs`)
  hangs(): Promise<string> {
    return new Promise(() => undefined);
  }

  @Get('words')
  @MessagePattern(`${run}.words`)
  words(): never {
    throw new RpcException('busy');
  }

  @Get('service')
  @MessagePattern(`${run}.service`)
  service(): Promise<string> {
    return this.adapter.call();
  }
}

/** HTTP and TCP in one application; README says: with `inheritAppConfig`. */
async function startHybrid(
  failures = Infinity,
  inheritAppConfig = true,
  options: RetryableModuleOptions = {},
) {
  const tcp: MicroserviceOptions = {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
  };
  const parts = { controllers: [Handlers], failures, options };
  let server: unknown;
  const app = await startHttp(parts, 'Express 5', async (nest) => {
    const microservice = nest.connectMicroservice(tcp, { inheritAppConfig });
    await nest.startAllMicroservices();
    server = microservice.unwrap();
  });
  return { ...app, client: connectClient(clientOptions(tcp, server)) };
}

describe('a hybrid application', () => {
  it.each(['handler', 'service'])('retries over HTTP and TCP alike: %s', async (way) => {
    const { get, client, upstream } = await startHybrid(2);
    expect(await client.send(way)).toBe('answer 3');
    upstream.calls = 0;
    expect(await get(`/${way}`)).toMatchObject({ status: 200, text: 'answer 3' });
  });

  it.each(['handler', 'service'])('gives the same JSON over both: %s', async (way) => {
    const { get, client, upstream, lines } = await startHybrid();
    const error = await failureOf(client.send(way));
    const { status, json } = await get(`/${way}`);
    expect(error).toEqual(exhausted());
    expect(status).toBe(502);
    expect(json).toEqual(exhausted());
    expectNoLeak([error, json]);
    expect(upstream.calls).toBe(8);
    expect(lines.of('operation_error')).toHaveLength(2);
  });

  it('limits requests and messages alike', async () => {
    const { get, client } = await startHybrid(0, true, { requestTimeout: 20 });
    const error = { type: 'TIMEOUT', context: `rpc ${run}.hangs` };
    expect(await failureOf(client.send('hangs'))).toMatchObject({ error, retry_allowed: false });
    const { status, json } = await get('/hangs');
    // A GET writes nothing; of a message nobody knows.
    expect([status, json]).toMatchObject([
      504,
      { error: { type: 'TIMEOUT', context: 'GET /hangs' }, retry_allowed: true },
    ]);
  });

  it("keeps the words of an RpcException to the message handler: over HTTP they are nobody's", async () => {
    const { get, client } = await startHybrid();
    const error = { type: 'UNKNOWN_ERROR', message: 'busy' };
    expect(await failureOf(client.send('words'))).toMatchObject({ error });
    const { status, json } = await get('/words');
    expect([status, json]).toMatchObject([500, { error: { type: 'UNKNOWN_ERROR' } }]);
    expect(JSON.stringify(json)).not.toContain('busy');
  });

  it.each(['handler', 'service'])(
    'without inheritAppConfig retries, logs and tells nothing: %s',
    async (way) => {
      const { client, upstream, lines } = await startHybrid(Infinity, false);
      expectNoLeak(await failureOf(client.send(way)));
      expect(upstream.calls).toBe(4);
      await lines.until('operation_error');
      expect(lines.of('operation_error')).toHaveLength(1);
    },
  );
});
