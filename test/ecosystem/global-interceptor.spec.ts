import { Controller, Get, UseFilters } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway, type WsResponse } from '@nestjs/websockets';
import { describe, expect, it } from 'vitest';
import { constant, ErrorResponseFilter, Retryable } from 'nestjs-retryable';
import { startGateway } from './support/gateway.js';
import { startGraphql } from './support/graphql.js';
import { startHttp } from './support/http.js';
import { run, startMicroservice } from './support/microservice.js';
import { failureOf } from '../support/calls.js';
import { Upstream } from './support/upstream.js';

const options = { interceptor: true, retry: { backoff: constant(0) } };

@Controller()
class Handlers {
  constructor(private readonly upstream: Upstream) {}

  @Get('bare')
  @MessagePattern(`${run}.bare`)
  bare(): Promise<string> {
    return this.upstream.call();
  }

  @Get('decorated')
  @MessagePattern(`${run}.decorated`)
  @Retryable()
  decorated(): Promise<string> {
    return this.upstream.call();
  }

  @Get('excepted')
  @MessagePattern(`${run}.excepted`)
  @Retryable(false)
  excepted(): Promise<string> {
    return this.upstream.call();
  }
}

@WebSocketGateway()
@UseFilters(ErrorResponseFilter)
class Gateway {
  constructor(private readonly upstream: Upstream) {}

  @SubscribeMessage('bare')
  async bare(): Promise<WsResponse<string>> {
    return { event: 'answer', data: await this.upstream.call() };
  }

  @SubscribeMessage('decorated')
  @Retryable()
  async decorated(): Promise<WsResponse<string>> {
    return { event: 'answer', data: await this.upstream.call() };
  }

  @SubscribeMessage('excepted')
  @Retryable(false)
  async excepted(): Promise<WsResponse<string>> {
    return { event: 'answer', data: await this.upstream.call() };
  }
}

const runs = [
  ['bare', 4],
  ['decorated', 4],
  ['excepted', 1],
] as const;

describe('the interceptor for every handler', () => {
  it.each(runs)('over HTTP lets a handler that is %s run %i times', async (path, count) => {
    const { get, upstream } = await startHttp({ controllers: [Handlers], options });
    expect((await get(`/${path}`)).status).toBe(502);
    expect(upstream.calls).toBe(count);
  });

  it.each(runs)('over TCP lets a handler that is %s run %i times', async (pattern, count) => {
    const { client, upstream } = await startMicroservice(
      { controllers: [Handlers], options },
      'TCP',
    );
    await failureOf(client.send(pattern));
    expect(upstream.calls).toBe(count);
  });

  it.each(runs)('in a gateway lets a handler that is %s run %i times', async (event, count) => {
    const { ask, upstream } = await startGateway({ providers: [Gateway], options }, 'ws');
    expect((await ask(event)).event).toBe('exception');
    expect(upstream.calls).toBe(count);
  });

  it.each([
    ['queryBare', 4],
    ['queryAbove', 4],
    ['queryService', 4],
  ])('in a resolver lets %s run %i times', async (query, count) => {
    const { ask, upstream } = await startGraphql({ options });
    expect((await ask(`{ ${query} }`)).errors).toHaveLength(1);
    expect(upstream.calls).toBe(count);
  });
});
