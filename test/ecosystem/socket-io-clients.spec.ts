import { UseFilters } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { Ack, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { io, type Socket } from 'socket.io-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ErrorResponseFilter, Retryable } from 'nestjs-retryable';
import { startHttp } from './support/http.js';
import { moment } from '../support/time.js';
import { exhausted, expectNoLeak, unknown } from './support/standard-json.js';
import { secret, Upstream } from './support/upstream.js';

@WebSocketGateway({ namespace: 'campaigns' })
@UseFilters(ErrorResponseFilter)
class Gateway {
  constructor(private readonly upstream: Upstream) {}

  @SubscribeMessage('result')
  @Retryable({ context: 'operation', platform: 'meta' })
  async result(): Promise<string> {
    return this.upstream.call();
  }

  @SubscribeMessage('by-hand')
  @Retryable({ context: 'operation', platform: 'meta' })
  async byHand(@Ack() acknowledge: (answer: string) => void): Promise<void> {
    acknowledge(await this.upstream.call());
  }

  @SubscribeMessage('bug')
  bug(): never {
    throw new TypeError(secret);
  }
}

/** An application and a client of its namespace. */
async function start(failures = Infinity) {
  const app = await startHttp({ providers: [Gateway], failures }, 'Express 5', (nest) =>
    nest.useWebSocketAdapter(new IoAdapter(nest)),
  );
  const client: Socket = io(`${app.url}/campaigns`, { transports: ['websocket'] });
  onTestFinished(() => void client.close());
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => resolve()).once('connect_error', reject);
  });
  return { ...app, client };
}

const ways = ['result', 'by-hand'];

describe('a client of a namespace that waits for an acknowledgement', () => {
  it.each(ways)('gets it when the upstream recovers: %s', async (way) => {
    const { client, upstream } = await start(2);
    expect(await client.emitWithAck(way, { id: 1 })).toBe('answer 3');
    expect(upstream.calls).toBe(3);
  });

  // As Nest's own filter does it: whoever is acknowledged takes that for success.
  it.each(ways)('is told by `exception` and not acknowledged when it does not: %s', async (way) => {
    const { client } = await start();
    const told = moment<unknown>();
    const acknowledged: unknown[] = [];
    client.once('exception', (json) => told.reach(json));
    client.emit(way, { id: 1 }, (answer: unknown) => acknowledged.push(answer));
    expect(await told.reached).toEqual(exhausted());
    // What comes next is answered, so that an acknowledgement would have come before.
    const next = moment<unknown>();
    client.once('exception', (json) => next.reach(json));
    client.emit('bug');
    expect(await next.reached).toEqual(unknown('ws bug'));
    expectNoLeak([await told.reached, await next.reached]);
    expect(acknowledged).toEqual([]);
  });
});
