import { describe, expect, it } from 'vitest';
import {
  createErrorResponse,
  PlatformTimeoutError,
  RateLimitError,
  retryWithBackoff,
  type ServiceError,
} from '../../../lib/index.js';
import { failureOf, rejectWith } from '../../support/calls.js';

/** Retries only what surely has not been executed, as a creation should. */
const creation = {
  context: 'create_campaign',
  retryOn: (error: ServiceError) => error.retryable && !error.mayHaveExecuted,
};

async function answerTo(thrown: unknown) {
  const error = await failureOf(
    retryWithBackoff(() => rejectWith(thrown), { ...creation, maxRetryAfter: 0 }),
  );
  return createErrorResponse({ error });
}

describe('the answer to a creation that must not be repeated', () => {
  it('does not invite the person to repeat it where it may have happened', async () => {
    const answer = await answerTo(new PlatformTimeoutError('meta'));
    expect(answer).toMatchObject({
      error: { type: 'PLATFORM_TIMEOUT', context: 'create_campaign' },
      retry_allowed: false,
    });
  });

  it('invites them where nothing can have happened', async () => {
    const answer = await answerTo(new RateLimitError('meta', { retryAfter: 600 }));
    expect(answer).toMatchObject({ retry_allowed: true, retry_after: 600 });
  });
});
