import { describe, expect, it } from 'vitest';
import { AiModelError, InsufficientCreditsError } from '../../../lib/index.js';
import { promisesOf } from './class-promises.js';
import { AI_ROWS } from './error-table.js';

describe('the errors of AI models', () => {
  promisesOf(AI_ROWS);

  it('keep what was needed and what there was', () => {
    const error = new InsufficientCreditsError({ required: 10, available: 0 });
    expect(error.details).toEqual({ required: 10, available: 0 });
    expect(new InsufficientCreditsError({ required: 10 }).details).toEqual({ required: 10 });
  });

  it('are not retryable where the thrower knows better', () => {
    const badKey = new AiModelError({ retryable: false, mayHaveExecuted: false });
    expect(badKey).toMatchObject({ type: 'AI_MODEL_FAILED', retryable: false });
    expect(badKey.mayHaveExecuted).toBe(false);
  });
});
