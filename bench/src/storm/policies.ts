import type { RetryableModuleOptions } from '../nestjs-retryable.js';
import { AwsStandard, GrpcThrottling, type Throttle } from './throttles.js';

export interface Policy {
  readonly title: string;
  /** What the application of each client is configured with. */
  readonly options: RetryableModuleOptions;
  /** What each client asks beside the package. */
  readonly makeThrottle?: () => Throttle;
}

const unlimited = { retryBudget: false } as const;

export const POLICIES = {
  none: { title: 'no retries', options: { retry: { maxRetries: 0 }, ...unlimited } },
  defaults: { title: 'nestjs-retryable, defaults', options: {} },
  fullJitter: { title: "nestjs-retryable, jitter 'full'", options: { retry: { jitter: 'full' } } },
  naive: { title: '3 retries, no budget', options: unlimited },
  aws: {
    title: 'AWS standard',
    options: { retry: { maxRetries: 2, jitter: 'full' }, ...unlimited },
    makeThrottle: () => new AwsStandard(),
  },
  grpc: {
    title: 'gRPC throttling',
    options: { retry: { backoff: grpcBackoff }, ...unlimited },
    makeThrottle: () => new GrpcThrottling(),
  },
  wide: {
    title: 'nestjs-retryable, maxTokens 40',
    options: { retryBudget: { maxTokens: 40 } },
  },
} as const satisfies Record<string, Policy>;

/** 1 s, 2 s, 4 s, each a fifth shorter or longer. */
function grpcBackoff(retry: number): number {
  return 1000 * 2 ** (retry - 1) * (0.8 + 0.4 * Math.random());
}

export type PolicyName = keyof typeof POLICIES;

/** What is compared everywhere. */
export const COMPARED = ['none', 'defaults', 'fullJitter', 'naive', 'aws', 'grpc'] as const;

export type ComparedName = (typeof COMPARED)[number];
