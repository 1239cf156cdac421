import { Logger } from '@nestjs/common';
import { FixedBackoff, RetryStrategy, TimeoutStrategy, UseResilience } from 'nestjs-resilience';
import type { Body, Maker } from '../subject.js';

// It writes a debug line for each call, which would be all that is measured.
Logger.overrideLogger(false);

export const nestjsResilience: Maker = (body, { limitMs, retries }) => {
  class DecoratedService {
    constructor(private readonly body: Body) {}

    // The first strategy is the innermost. A base delay of 0 counts as "none given": 100 ms.
    @UseResilience(
      new TimeoutStrategy(limitMs),
      new RetryStrategy({ maxRetries: retries, backoff: FixedBackoff, maxDelay: 0 }),
    )
    async call(): Promise<number> {
      return this.body();
    }
  }
  const service = new DecoratedService(body);
  return () => service.call();
};
