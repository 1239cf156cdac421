import { Controller, NotFoundException, ParseIntPipe } from '@nestjs/common';
import { MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { concat, of, throwError, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Retryable } from 'nestjs-retryable';
import { absent } from './support/brokers.js';
import { run, startMicroservice, transportNames } from './support/microservice.js';
import { failureOf } from '../support/calls.js';
import { unhandled } from '../support/outcomes.js';
import { anyStandardJson, exhausted, expectNoLeak, unknown } from './support/standard-json.js';
import { Adapter, outage, secret, Upstream } from './support/upstream.js';

const operation = { context: 'operation', platform: 'meta' };

@Controller()
class Handlers {
  constructor(
    private readonly upstream: Upstream,
    private readonly adapter: Adapter,
  ) {}

  @Retryable(operation)
  @MessagePattern(`${run}.promise-above`)
  promiseAbove(): Promise<string> {
    return this.upstream.call();
  }

  @MessagePattern(`${run}.promise-below`)
  @Retryable(operation)
  promiseBelow(): Promise<string> {
    return this.upstream.call();
  }

  @MessagePattern(`${run}.observable`)
  @Retryable(operation)
  observable(): Observable<string> {
    return this.upstream.call$();
  }

  @MessagePattern(`${run}.service`)
  service(): Promise<string> {
    return this.adapter.call();
  }

  @MessagePattern(`${run}.stream`)
  @Retryable(operation)
  stream(): Observable<string> {
    this.upstream.calls += 1;
    return concat(of('first'), throwError(outage));
  }

  @MessagePattern(`${run}.bug`)
  bug(): never {
    throw new TypeError(secret);
  }

  @MessagePattern(`${run}.missing`)
  missing(): never {
    throw new NotFoundException('no such campaign');
  }

  @MessagePattern(`${run}.busy`)
  busy(): never {
    throw new RpcException('busy');
  }

  @MessagePattern(`${run}.slow`)
  @Retryable({ ...operation, timeout: 20, maxRetries: 0 })
  slow(): Promise<string> {
    return new Promise(() => undefined);
  }

  @MessagePattern(`${run}.piped`)
  @Retryable(operation)
  piped(@Payload(ParseIntPipe) id: number): Promise<string> {
    return Promise.resolve(`campaign ${id}`);
  }
}

const ways = ['promise-above', 'promise-below', 'observable', 'service'];
const parts = { controllers: [Handlers] };

for (const transport of transportNames) {
  describe.skipIf(absent.has(transport))(`a message handler over ${transport}`, () => {
    it.each(ways)('recovers when the upstream does: %s', async (way) => {
      const { client, upstream } = await startMicroservice({ ...parts, failures: 2 }, transport);
      expect(await client.send(way)).toBe('answer 3');
      expect(upstream.calls).toBe(3);
    });

    it.each(ways)('gives the standard JSON as error when it does not: %s', async (way) => {
      const rejections = unhandled();
      const { client, upstream, lines } = await startMicroservice(parts, transport);
      const error = await failureOf(client.send(way));
      expect(error).toEqual(exhausted());
      expectNoLeak(error);
      expect(upstream.calls).toBe(4);
      expect(lines.of('operation_error')).toHaveLength(1);
      expect(lines.at('error')).toHaveLength(1);
      expect(rejections).toEqual([]);
    });

    it('is not run again once it has sent something', async () => {
      const { client, upstream } = await startMicroservice(parts, transport);
      const { values, error } = await client.all('stream');
      expect(values).toEqual(['first']);
      expect(error).toEqual({ ...exhausted(), retry_allowed: expect.any(Boolean) as boolean });
      expectNoLeak(error);
      expect(upstream.calls).toBe(1);
    });

    it('gives a mistake of ours in the same shape', async () => {
      const { client } = await startMicroservice(parts, transport);
      const error = await failureOf(client.send('bug'));
      expect(error).toEqual(unknown());
      expectNoLeak(error);
    });

    it("gives Nest's RpcException in the same shape, with its words", async () => {
      const { client } = await startMicroservice(parts, transport);
      const error = await failureOf(client.send('busy'));
      const context = expect.stringMatching(/^rpc .*busy$/) as string;
      const { message: _, ...rest } = unknown(context).error;
      expect(error).toMatchObject({ ...anyStandardJson, error: { ...rest, message: 'busy' } });
    });

    it('gives the standard JSON once its time is up', async () => {
      const { client } = await startMicroservice(parts, transport);
      expect(await failureOf(client.send('slow'))).toMatchObject({
        status: 'error',
        error: { type: 'PLATFORM_TIMEOUT', context: 'operation', platform: 'meta' },
        retry_after: 30,
      });
    });

    it("keeps the application's own word", async () => {
      const { client } = await startMicroservice(parts, transport);
      expect(await failureOf(client.send('missing'))).toMatchObject({
        status: 'error',
        error: { type: 'NOT_FOUND', code: '5000', message: 'no such campaign' },
        retry_allowed: false,
      });
    });

    it('keeps its pipes, whose refusal is no reason to retry', async () => {
      const { client, lines } = await startMicroservice(parts, transport);
      expect(await client.send('piped', '7')).toBe('campaign 7');
      expect(await failureOf(client.send('piped', 'x'))).toMatchObject({
        status: 'error',
        error: { type: 'VALIDATION_ERROR', code: '1001' },
        retry_allowed: false,
      });
      expect(lines.of('retry_scheduled')).toEqual([]);
    });
  });
}
