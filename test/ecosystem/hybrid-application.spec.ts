import { Controller, Get } from '@nestjs/common';
import { MessagePattern, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { describe, expect, it } from 'vitest';
import { Retryable } from 'nestjs-retryable';
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

  @Get('service')
  @MessagePattern(`${run}.service`)
  service(): Promise<string> {
    return this.adapter.call();
  }
}

/** HTTP and TCP in one application; README says: with `inheritAppConfig`. */
async function startHybrid(failures = Infinity, inheritAppConfig = true) {
  const options: MicroserviceOptions = {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
  };
  let server: unknown;
  const app = await startHttp({ controllers: [Handlers], failures }, 'Express 5', async (nest) => {
    const microservice = nest.connectMicroservice(options, { inheritAppConfig });
    await nest.startAllMicroservices();
    server = microservice.unwrap();
  });
  return { ...app, client: connectClient(clientOptions(options, server)) };
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
