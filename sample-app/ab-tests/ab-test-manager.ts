import { Injectable } from '@nestjs/common';
import type { ErrorResponse } from 'nestjs-retryable';
import type { AdPerformance, AdPlatform } from '../adapters/ad-platform.js';
import { PlatformRouter } from '../adapters/platform-router.js';
import { partFailure } from '../http/part-failure.js';
import type { RequestInfo } from '../http/request-info.js';
import { twoProportionZTest } from './z-test.js';

export interface AbTest {
  readonly platform: string;
  readonly account: string;
  /** The ids of the two ads that are compared. */
  readonly ads: readonly [string, string];
}

export interface AbTestResult {
  /** `undecided`: one of the ads could not be read, so nothing is said about either. */
  readonly status: 'winner' | 'not_yet' | 'undecided';
  readonly winner?: string;
  readonly reason?: 'too_few_clicks' | 'difference_not_significant' | 'ad_not_readable';
  readonly z?: number;
  readonly p_value?: number;
  readonly variants: Variant[];
}

interface Variant {
  readonly ad: string;
  readonly name?: string;
  readonly clicks?: number;
  readonly conversions?: number;
  readonly conversion_rate?: number;
  readonly error?: ErrorResponse;
}

/** With fewer clicks an advantage is luck. */
const MIN_CLICKS = 500;
const SIGNIFICANCE = 0.05;

/** Compares two ads by their conversion rate and names a winner once it can be told from luck. */
@Injectable()
export class AbTestManager {
  constructor(private readonly platforms: PlatformRouter) {}

  /** @throws what the platform said, where neither of the ads could be read */
  async evaluate({ platform, account, ads }: AbTest, info: RequestInfo): Promise<AbTestResult> {
    const adapter = this.platforms.of(platform);
    const [a, b] = [await read(adapter, account, ads[0]), await read(adapter, account, ads[1])];
    if ('error' in a && 'error' in b) throw a.error;
    const variants = [variantOf(a, info), variantOf(b, info)];
    if ('error' in a || 'error' in b) {
      return { status: 'undecided', reason: 'ad_not_readable', variants };
    }
    return { ...verdict(a, b), variants };
  }
}

interface Unreadable {
  readonly id: string;
  readonly error: unknown;
}

async function read(
  adapter: AdPlatform,
  account: string,
  id: string,
): Promise<AdPerformance | Unreadable> {
  try {
    return await adapter.adPerformance(account, id);
  } catch (error) {
    return { id, error };
  }
}

function verdict(a: AdPerformance, b: AdPerformance): Omit<AbTestResult, 'variants'> {
  if (Math.min(a.clicks, b.clicks) < MIN_CLICKS) {
    return { status: 'not_yet', reason: 'too_few_clicks' };
  }
  const { z, pValue } = twoProportionZTest(
    { successes: a.conversions, trials: a.clicks },
    { successes: b.conversions, trials: b.clicks },
  );
  const figures = { z: rounded(z), p_value: rounded(pValue) };
  return pValue < SIGNIFICANCE
    ? { status: 'winner', winner: z > 0 ? a.id : b.id, ...figures }
    : { status: 'not_yet', reason: 'difference_not_significant', ...figures };
}

function variantOf(ad: AdPerformance | Unreadable, info: RequestInfo): Variant {
  if ('error' in ad) return { ad: ad.id, error: partFailure(ad.error, info).error };
  const { id, name, clicks, conversions } = ad;
  const rate = clicks === 0 ? 0 : conversions / clicks;
  return { ad: id, name, clicks, conversions, conversion_rate: rounded(rate) };
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}
