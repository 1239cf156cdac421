import { HealthIndicatorService } from '@nestjs/terminus';
import { describe, expect, it } from 'vitest';
import { PlatformServiceError, Retryable } from '../../lib/index.js';
import { RetryHealthIndicator } from '../../lib/terminus/index.js';
import { failureOf, failing } from '../support/calls.js';
import { TestCase } from '../support/app.js';
import { nestMajor } from '../support/versions.js';

const outage = () => new PlatformServiceError('meta');

describe('the health of retries', () => {
  it('is degraded while a budget is used up, and up where Terminus has no such state', async () => {
    const upstream = failing(Array.from({ length: 60 }, outage), 'ok');
    class Campaigns {
      @Retryable({ platform: 'meta', backoff: () => 0 })
      async read(): Promise<string> {
        return upstream();
      }
    }
    const { nest } = await new TestCase('express')
      .providers(Campaigns, HealthIndicatorService, RetryHealthIndicator)
      .start();
    const health = nest.get(RetryHealthIndicator);
    expect(health.check('retries')).toEqual({ retries: { status: 'up', platforms: {} } });
    for (let call = 0; call < 5; call++) await failureOf(nest.get(Campaigns).read());
    expect(health.check('retries').retries).toMatchObject({
      status: nestMajor >= 12 ? 'degraded' : 'up',
      platforms: { meta: { budgets: { below_full: 1, used_up: 1 } } },
    });
  });
});
