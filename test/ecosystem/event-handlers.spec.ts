import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Retryable } from 'nestjs-retryable';
import { absent } from './support/brokers.js';
import { run, startMicroservice, transportNames } from './support/microservice.js';
import { turnEnd } from '../support/calls.js';
import { unhandled } from '../support/outcomes.js';
import { Adapter, Upstream } from './support/upstream.js';

const operation = { context: 'operation', platform: 'meta' };

@Controller()
class Handlers {
  constructor(
    private readonly upstream: Upstream,
    private readonly adapter: Adapter,
  ) {}

  @Retryable(operation)
  @EventPattern(`${run}.promise-above`)
  promiseAbove(_data: object): Promise<string> {
    return this.upstream.call();
  }

  @EventPattern(`${run}.promise-below`)
  @Retryable(operation)
  promiseBelow(_data: object): Promise<string> {
    return this.upstream.call();
  }

  @EventPattern(`${run}.observable`)
  @Retryable(operation)
  observable(_data: object): Observable<string> {
    return this.upstream.call$();
  }

  @EventPattern(`${run}.service`)
  service(_data: object): Promise<string> {
    return this.adapter.call();
  }
}

const ways = ['promise-above', 'promise-below', 'observable', 'service'];
const parts = { controllers: [Handlers] };

for (const transport of transportNames) {
  describe.skipIf(absent.has(transport))(`an event handler over ${transport}`, () => {
    it.each(ways)('is retried until the upstream recovers: %s', async (way) => {
      const { client, upstream, lines } = await startMicroservice(
        { ...parts, failures: 2 },
        transport,
      );
      await client.emit(way);
      await lines.until('retry_succeeded');
      expect(upstream.calls).toBe(3);
      expect(lines.of('operation_error')).toEqual([]);
    });

    it.each(ways)('leaves one operation_error and nothing unhandled: %s', async (way) => {
      const rejections = unhandled();
      const { client, upstream, lines } = await startMicroservice(parts, transport);
      await client.emit(way);
      await lines.until('operation_error');
      await turnEnd();
      expect(upstream.calls).toBe(4);
      expect(lines.of('operation_error')).toMatchObject([
        { level: 'error', context: 'operation', platform: 'meta', retry_count: 3 },
      ]);
      expect(lines.at('error')).toHaveLength(1);
      expect(rejections).toEqual([]);
    });
  });
}
