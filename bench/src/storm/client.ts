import { NestFactory } from '@nestjs/core';
import {
  RetryableModule,
  retryReport,
  RetryStrategy,
  type Attempt,
  type RetryWithBackoffOptions,
} from '../nestjs-retryable.js';
import type { Backend } from './backend.js';
import type { Policy } from './policies.js';
import { draw, mixed, seededRandom } from './random.js';
import type { Recording } from './recording.js';
import { totalMs, type Setting } from './settings.js';
import type { Throttle } from './throttles.js';
import type { VirtualClock } from './virtual-clock.js';

const CALL: RetryWithBackoffOptions = { context: 'get_insights', platform: 'meta' };

/** What all clients of a run share. */
export interface World {
  readonly setting: Setting;
  readonly policy: Policy;
  readonly seed: number;
  readonly clock: VirtualClock;
  readonly recording: Recording;
  readonly backend: Backend;
}

/** One process: its own application, and so its own budget. */
export class Client {
  private readonly random: () => number;
  private readonly throttle: Throttle | undefined;
  private calls = 0;

  /** Boots the client's application. */
  static async boot(world: World, index: number): Promise<Client> {
    const module = RetryableModule.forRoot(world.policy.options);
    const application = await NestFactory.createApplicationContext(module, { logger: false });
    return new Client(world, index, application.get(RetryStrategy));
  }

  private constructor(
    private readonly world: World,
    private readonly index: number,
    private readonly strategy: RetryStrategy,
  ) {
    this.random = seededRandom(mixed(world.seed, index));
    this.throttle = world.policy.makeThrottle?.();
  }

  /** From now on calls come until the time of the setting is over. */
  start(): void {
    const { clock, setting } = this.world;
    const due = clock.time + this.pauseMs();
    if (due >= totalMs(setting)) return;
    clock.at(due, () => {
      void this.call();
      this.start();
    });
  }

  private pauseMs(): number {
    const { arrivals, callsPerSecond } = this.world.setting;
    const meanMs = 1000 / callsPerSecond;
    return arrivals === 'regular' ? meanMs : -Math.log(1 - this.random()) * meanMs;
  }

  private async call(): Promise<void> {
    const { recording } = this.world;
    const begunAt = recording.begin();
    try {
      await this.retried(this.calls++);
      recording.succeeded(begunAt);
    } catch (error) {
      const report = retryReport(error);
      if (report === undefined) throw error;
      recording.failed(begunAt, report.retries);
    }
  }

  private retried(call: number): Promise<string> {
    const { backend, seed } = this.world;
    const request = ({ number }: Attempt) => backend.request(draw(seed, this.index, call, number));
    return this.throttle === undefined
      ? this.strategy.retryWithBackoff(request, CALL)
      : this.throttled(this.throttle, request);
  }

  private throttled(
    throttle: Throttle,
    request: (attempt: Attempt) => Promise<string>,
  ): Promise<string> {
    const { maxRetries = 3 } = this.world.policy.options.retry ?? {};
    let attempts = 0;
    const observed = async (attempt: Attempt) => {
      attempts = attempt.number;
      try {
        const result = await request(attempt);
        throttle.succeeded(attempts > 1);
        return result;
      } catch (error) {
        throttle.failed();
        throw error;
      }
    };
    return this.strategy.retryWithBackoff(observed, {
      ...CALL,
      // It is asked after the last attempt too, which must not cost a token.
      retryOn: (error) => error.retryable && attempts <= maxRetries && throttle.allows(),
    });
  }
}
