import { describe, expect, it } from 'vitest';
import {
  ConnectionFailedError,
  constant,
  PlatformTimeoutError,
  RateLimitError,
  retryWithBackoff,
} from 'nestjs-retryable';
import { partFailure } from '../../sample-app/http/part-failure.js';

const info = { locale: 'en', requestId: 'r-1' };
const notSent = new ConnectionFailedError({ mayHaveExecuted: false });

/** What leaves a call whose attempts fail with these errors in turn. */
async function failureOf(errors: readonly Error[]): Promise<unknown> {
  const options = { backoff: constant(0), maxRetries: errors.length - 1 };
  return retryWithBackoff(({ number }) => Promise.reject(errors[number - 1]!), options).then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
}

describe('a part that has failed', () => {
  it('is surely not done where the platform refused every attempt', async () => {
    const error = await failureOf([new RateLimitError('meta'), notSent]);
    expect(partFailure(error, info)).toMatchObject({
      status: 'failed',
      error: { status: 'error', error: { type: 'CONNECTION_FAILED', request_id: 'r-1' } },
    });
  });

  it('is unconfirmed where an earlier attempt may have got through', async () => {
    const error = await failureOf([new PlatformTimeoutError('meta'), notSent]);
    expect(partFailure(error, info)).toMatchObject({
      status: 'unconfirmed',
      error: { error: { type: 'CONNECTION_FAILED' } },
    });
  });

  it('is unconfirmed where nobody knows the error', () => {
    expect(partFailure(new TypeError('x is not a function'), info).status).toBe('unconfirmed');
  });
});
