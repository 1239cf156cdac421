import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { ParkedError, RateLimitError, Retryable, type RetryableOptions } from '../../lib/index.js';
import { context } from '../support/context.js';

function decorated(park: unknown) {
  class Adapter {
    @Retryable({ park } as RetryableOptions)
    async load(): Promise<void> {}
  }
  return Adapter;
}

describe('the option `park`', () => {
  it.each<[unknown, string]>([
    ['load', "Expected `park` to be an object, got 'load' (in @Retryable on Adapter.load)."],
    [
      {},
      'Expected `name` to be a non-empty string, got undefined (in @Retryable on Adapter.load, `park`).',
    ],
    [
      { name: '' },
      "Expected `name` to be a non-empty string, got '' (in @Retryable on Adapter.load, `park`).",
    ],
    [
      { name: 'load', serialize: 'json' },
      "Expected `serialize` to be a function, got 'json' (in @Retryable on Adapter.load, `park`).",
    ],
    [
      { name: 'load', queue: 'q' },
      'Unknown option `queue` (in @Retryable on Adapter.load, `park`). Known are: name, serialize, deserialize.',
    ],
  ])('is refused as %j', (park, sentence) => {
    expect(() => decorated(park)).toThrow(new TypeError(sentence));
  });

  it('is refused on a class, of which several methods would have one name', () => {
    class Adapter {
      async load(): Promise<void> {}
    }
    const decorate = () => (Retryable({ park: { name: 'load' } }) as ClassDecorator)(Adapter);
    expect(decorate).toThrow(
      new TypeError(
        'Expected `park` to stand on a method, got it on a class: each parked call has the name of one (in @Retryable on Adapter).',
      ),
    );
  });

  it('does nothing where nothing takes what is to be parked, which is said at boot', async () => {
    @Injectable()
    class Adapter {
      @Retryable({ context: 'load', park: { name: 'load' } })
      async load(): Promise<void> {
        throw new RateLimitError('meta', { retryAfter: 1200 });
      }
    }
    const { module, lines } = await context({}, Adapter);
    expect(lines.of('retry_nothing_parks')).toMatchObject([
      { level: 'warn', methods: ['Adapter.load'] },
    ]);
    await expect(module.get(Adapter).load()).rejects.toMatchObject({ type: 'API_RATE_LIMIT' });
    expect(lines.of('retry_not_parked')).toEqual([]);
  });
});

describe('ParkedError', () => {
  it('shows its job and when that is made, and is neither retryable nor done', () => {
    const error = new ParkedError({ jobId: 'j1', resumesAt: 0, details: { account: 'a' } });
    expect(error).toMatchObject({
      type: 'PARKED',
      code: '5002',
      retryable: false,
      mayHaveExecuted: false,
      details: { account: 'a', job_id: 'j1', resumes_at: '1970-01-01T00:00:00.000Z' },
    });
  });

  it('is made of whatever it is given', () => {
    expect(new ParkedError({ resumesAt: NaN }).details).toEqual({});
    expect(new ParkedError({ resumesAt: 8.7e15 }).details).toEqual({});
  });
});
