import { NotFoundException, UseFilters } from '@nestjs/common';
import {
  SubscribeMessage,
  WebSocketGateway,
  WsException,
  type WsResponse,
} from '@nestjs/websockets';
import { map, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ErrorResponseFilter, Retryable } from 'nestjs-retryable';
import { gatewayKinds, startGateway } from './support/gateway.js';
import { unhandled } from '../support/outcomes.js';
import { anyStandardJson, exhausted, expectNoLeak, unknown } from './support/standard-json.js';
import { Adapter, secret, Upstream } from './support/upstream.js';

const operation = { context: 'operation', platform: 'meta' };
const answer = (data: string): WsResponse<string> => ({ event: 'answer', data });

@WebSocketGateway()
@UseFilters(ErrorResponseFilter)
class Gateway {
  constructor(
    private readonly upstream: Upstream,
    private readonly adapter: Adapter,
  ) {}

  @Retryable(operation)
  @SubscribeMessage('promise-above')
  async promiseAbove(): Promise<WsResponse<string>> {
    return answer(await this.upstream.call());
  }

  @SubscribeMessage('promise-below')
  @Retryable(operation)
  async promiseBelow(): Promise<WsResponse<string>> {
    return answer(await this.upstream.call());
  }

  @SubscribeMessage('observable')
  @Retryable(operation)
  observable(): Observable<WsResponse<string>> {
    return this.upstream.call$().pipe(map(answer));
  }

  @SubscribeMessage('service')
  async service(): Promise<WsResponse<string>> {
    return answer(await this.adapter.call());
  }

  @SubscribeMessage('bug')
  bug(): never {
    throw new TypeError(secret);
  }

  @SubscribeMessage('busy')
  busy(): never {
    throw new WsException('busy');
  }

  @SubscribeMessage('slow')
  @Retryable({ ...operation, timeout: 20, maxRetries: 0 })
  slow(): Promise<WsResponse<string>> {
    return new Promise(() => undefined);
  }

  @SubscribeMessage('missing')
  missing(): never {
    throw new NotFoundException('no such campaign');
  }
}

/** As Nest runs it by default: global filters do not reach it. */
@WebSocketGateway()
class Bare {
  constructor(
    private readonly upstream: Upstream,
    private readonly adapter: Adapter,
  ) {}

  @SubscribeMessage('handler')
  @Retryable(operation)
  async handler(): Promise<WsResponse<string>> {
    return answer(await this.upstream.call());
  }

  @SubscribeMessage('service')
  async service(): Promise<WsResponse<string>> {
    return answer(await this.adapter.call());
  }
}

const ways = ['promise-above', 'promise-below', 'observable', 'service'];
const parts = { providers: [Gateway] };

describe.each(gatewayKinds)('a gateway of %s', (kind) => {
  it.each(ways)('recovers when the upstream does: %s', async (way) => {
    const { ask, upstream } = await startGateway({ ...parts, failures: 2 }, kind);
    expect(await ask(way)).toEqual(answer('answer 3'));
    expect(upstream.calls).toBe(3);
  });

  it.each(ways)('sends the standard JSON as `exception` when it does not: %s', async (way) => {
    const rejections = unhandled();
    const { ask, upstream, lines } = await startGateway(parts, kind);
    const { event, data } = await ask(way);
    expect(event).toBe('exception');
    expect(data).toEqual(exhausted());
    expectNoLeak(data);
    expect(upstream.calls).toBe(4);
    expect(lines.of('operation_error')).toHaveLength(1);
    expect(lines.at('error')).toHaveLength(1);
    expect(rejections).toEqual([]);
  });

  it('sends a mistake of ours in the same shape', async () => {
    const { ask } = await startGateway(parts, kind);
    const { event, data } = await ask('bug');
    expect(event).toBe('exception');
    expect(data).toEqual(unknown());
    expectNoLeak(data);
  });

  it("sends Nest's WsException in the same shape, with its words", async () => {
    const { ask } = await startGateway(parts, kind);
    const { message: _, ...rest } = unknown('ws busy').error;
    expect(await ask('busy')).toMatchObject({
      event: 'exception',
      data: { ...anyStandardJson, error: { ...rest, message: 'busy' } },
    });
  });

  it('sends the standard JSON once its time is up', async () => {
    const { ask } = await startGateway(parts, kind);
    expect(await ask('slow')).toMatchObject({
      event: 'exception',
      data: { status: 'error', error: { type: 'PLATFORM_TIMEOUT', context: 'operation' } },
    });
  });

  it("keeps the application's own word", async () => {
    const { ask } = await startGateway(parts, kind);
    expect(await ask('missing')).toMatchObject({
      event: 'exception',
      data: { status: 'error', error: { type: 'NOT_FOUND', message: 'no such campaign' } },
    });
  });
});

describe.each(gatewayKinds)('a gateway of %s without our filter', (kind) => {
  it.each(['handler', 'service'])('retries, logs and tells nothing: %s', async (way) => {
    const rejections = unhandled();
    const { ask, upstream, lines } = await startGateway({ providers: [Bare] }, kind);
    const { event, data } = await ask(way);
    expect(event).toBe('exception');
    expectNoLeak(data);
    expect(upstream.calls).toBe(4);
    await lines.until('operation_error');
    expect(lines.of('operation_error')).toHaveLength(1);
    expect(rejections).toEqual([]);
  });
});
