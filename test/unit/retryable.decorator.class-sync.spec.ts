import { describe, expect, it, vi } from 'vitest';
import {
  constant,
  RateLimitError,
  Retryable,
  retryReport,
  ValidationError,
} from '../../lib/index.js';
import { failureOf, turnEnd } from '../support/calls.js';

const options = { backoff: constant(0) };
const limited = () => new RateLimitError('meta');

describe('a synchronous method of a decorated class', () => {
  @Retryable(options)
  class Adapter {
    checks = 0;

    async create(status: number): Promise<string> {
      return this.check(status);
    }

    check(status: number): string {
      this.checks++;
      if (status === 429) throw limited();
      if (status !== 200) throw new ValidationError();
      return 'created';
    }

    nothing(): void {}
  }

  it('is called once and returns what it returns', () => {
    const adapter = new Adapter();
    expect(adapter.check(200)).toBe('created');
    expect(adapter.nothing()).toBeUndefined();
    expect(adapter.checks).toBe(1);
  });

  it('throws what it throws, at once and without another call', () => {
    const adapter = new Adapter();
    expect(() => adapter.check(429)).toThrow(RateLimitError);
    expect(() => adapter.check(400)).toThrow(ValidationError);
    expect(adapter.checks).toBe(2);
  });

  it('does not multiply the retries of the method that calls it, nor take its report', async () => {
    const adapter = new Adapter();
    const error = await failureOf(adapter.create(429));
    expect(adapter.checks).toBe(4);
    expect(retryReport(error)).toMatchObject({ context: 'Adapter.create', attempts: 4 });
    const invalid = await failureOf(adapter.create(400));
    expect(retryReport(invalid)).toMatchObject({ context: 'Adapter.create', attempts: 1 });
  });

  it('throws at once where its call is cancelled before or a callback fails, and rejects nothing', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const reason = new Error('gone');
    const calls = vi.fn();
    @Retryable({ signal: () => AbortSignal.abort(reason) })
    class Cancelled {
      url() {
        calls();
      }
      async load() {
        calls();
      }
    }
    @Retryable({
      platform: () => {
        throw reason;
      },
    })
    class Mistaken {
      url() {
        calls();
      }
      async load() {
        calls();
      }
    }
    for (const service of [new Cancelled(), new Mistaken()]) {
      expect(() => service.url()).toThrow(reason);
      await expect(service.load()).rejects.toBe(reason);
    }
    await turnEnd();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(calls).not.toHaveBeenCalled();
  });

  it('that aborts the very signal of its class still returns, and nothing is left unhandled', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    @Retryable<[]>({
      signal(this: unknown) {
        return (this as Poller).stopping.signal;
      },
    })
    class Poller {
      readonly stopping = new AbortController();
      stop(): string {
        this.stopping.abort();
        return 'stopped';
      }
    }
    expect(new Poller().stop()).toBe('stopped');
    await turnEnd();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});
