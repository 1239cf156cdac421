import { Controller, UseFilters } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { NEVER, type Observable } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { currentAttempt, ErrorResponseFilter, RequestTimeout, Retryable } from 'nestjs-retryable';
import { absent } from './support/brokers.js';
import { gatewayKinds, startGateway } from './support/gateway.js';
import { run, startMicroservice, transportNames } from './support/microservice.js';
import { failureOf } from '../support/calls.js';

let ended: unknown[] = [];
beforeEach(() => {
  ended = [];
});

/** Ends with nothing but its signal. */
function hang(): Promise<never> {
  const signal = currentAttempt()?.signal;
  signal?.addEventListener('abort', () => ended.push(signal.reason));
  return new Promise(() => undefined);
}

const operation = { context: 'operation', platform: 'meta' };

@Controller()
class Handlers {
  @MessagePattern(`${run}.retried`)
  @Retryable(operation)
  retried(): Promise<string> {
    return hang();
  }

  @MessagePattern(`${run}.bare`)
  bare(): Promise<string> {
    return new Promise(() => undefined);
  }

  @MessagePattern(`${run}.observable`)
  observable(): Observable<string> {
    return NEVER;
  }

  @MessagePattern(`${run}.own`)
  @RequestTimeout(20)
  own(): Promise<string> {
    return new Promise(() => undefined);
  }
}

@WebSocketGateway()
@UseFilters(ErrorResponseFilter)
class Gateway {
  @SubscribeMessage('retried')
  @Retryable(operation)
  retried(): Promise<string> {
    return hang();
  }

  @SubscribeMessage('bare')
  bare(): Promise<string> {
    return new Promise(() => undefined);
  }

  @SubscribeMessage('own')
  @RequestTimeout(20)
  own(): Promise<string> {
    return new Promise(() => undefined);
  }
}

// Nobody knows of a message whether it only reads.
const timeout = (context: unknown) => ({
  status: 'error',
  error: { code: '2003', type: 'TIMEOUT', context },
  retry_allowed: false,
});
const LONG = 600_000;

describe.skipIf(absent.size > 0).each(transportNames)('the limit of a message over %s', (name) => {
  const start = (requestTimeout: number) =>
    startMicroservice({ controllers: [Handlers], options: { requestTimeout } }, name);

  it('is told by the standard JSON and ends the calls below', async () => {
    const { client, lines } = await start(20);
    expect(await failureOf(client.send('retried'))).toMatchObject(timeout('operation'));
    expect(ended).toMatchObject([{ type: 'TIMEOUT' }]);
    expect(lines.of('operation_error')).toMatchObject([{ level: 'error', type: 'TIMEOUT' }]);
    expect(lines.at('error')).toHaveLength(1);
  });

  it.each(['bare', 'observable'])('is told of a handler without retries: %s', async (way) => {
    const { client } = await start(20);
    const context = `rpc ${run}.${way}`;
    expect(await failureOf(client.send(way))).toMatchObject(timeout(context));
  });

  it('is that of the handler where it has its own', async () => {
    const { client } = await start(LONG);
    expect(await failureOf(client.send('own'))).toMatchObject(timeout(`rpc ${run}.own`));
  });
});

describe.each(gatewayKinds)('the limit of a message to a gateway of %s', (kind) => {
  const start = (requestTimeout: number) =>
    startGateway({ providers: [Gateway], options: { requestTimeout } }, kind);

  it('is told by the standard JSON and ends the calls below', async () => {
    const { ask, lines } = await start(20);
    expect(await ask('retried')).toMatchObject({ event: 'exception', data: timeout('operation') });
    expect(ended).toMatchObject([{ type: 'TIMEOUT' }]);
    expect(lines.of('operation_error')).toHaveLength(1);
  });

  it('is told of a handler without retries', async () => {
    const { ask } = await start(20);
    expect(await ask('bare')).toMatchObject({ event: 'exception', data: timeout('ws bare') });
  });

  it('is that of the handler where it has its own', async () => {
    const { ask } = await start(LONG);
    expect(await ask('own')).toMatchObject({ event: 'exception', data: timeout('ws own') });
  });
});
