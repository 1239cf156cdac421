import { Injectable } from '@nestjs/common';
import type { AdSetPerformance } from '../adapters/ad-platform.js';
import { PlatformRouter } from '../adapters/platform-router.js';
import { partFailure, type PartFailure } from '../http/part-failure.js';
import type { RequestInfo } from '../http/request-info.js';
import { addMoney, costPerConversion, reallocate, type StayReason } from './reallocate.js';

export interface BudgetChange {
  readonly ad_set: string;
  readonly name: string;
  /** Null where nothing was converted. */
  readonly cost_per_conversion: number | null;
  readonly daily_budget: { readonly before: number; readonly after: number };
  readonly status: 'changed' | PartFailure['status'];
  readonly error?: PartFailure['error'];
}

export interface OptimizationResult {
  readonly status: 'optimized' | 'unchanged' | 'partial';
  readonly reason?: StayReason;
  readonly changes: BudgetChange[];
  readonly total_daily_budget: { readonly before: number; readonly after: number };
}

/** Moves budget from the worst ad set of an account to the best, within limits. */
@Injectable()
export class BudgetOptimizer {
  constructor(private readonly platforms: PlatformRouter) {}

  /** @throws what the platform said, where nothing was changed */
  async optimize(
    { platform, account }: { platform: string; account: string },
    info: RequestInfo,
  ): Promise<OptimizationResult> {
    const adapter = this.platforms.of(platform);
    const adSets = await adapter.listAdSets(account);
    const before = adSets.reduce((sum, { daily_budget }) => addMoney(sum, daily_budget), 0);
    const move = reallocate(adSets);
    if (typeof move === 'string') {
      const total_daily_budget = { before, after: before };
      return { status: 'unchanged', reason: move, changes: [], total_daily_budget };
    }

    const { from, to, amount } = move;
    const lowered = addMoney(from.daily_budget, -amount);
    const raised = addMoney(to.daily_budget, amount);
    // Lowered first: should raising fail, less is spent than planned, never more.
    await adapter.setDailyBudget(account, from.id, lowered);
    const changes = [changed(from, lowered)];
    try {
      await adapter.setDailyBudget(account, to.id, raised);
      changes.push(changed(to, raised));
    } catch (error) {
      changes.push({ ...changed(to, to.daily_budget), ...partFailure(error, info) });
    }

    const complete = changes.every(({ status }) => status === 'changed');
    return {
      status: complete ? 'optimized' : 'partial',
      changes,
      total_daily_budget: { before, after: complete ? before : addMoney(before, -amount) },
    };
  }
}

function changed(adSet: AdSetPerformance, after: number): BudgetChange {
  const cost = costPerConversion(adSet);
  return {
    ad_set: adSet.id,
    name: adSet.name,
    cost_per_conversion: Number.isFinite(cost) ? addMoney(cost, 0) : null,
    daily_budget: { before: adSet.daily_budget, after },
    status: 'changed',
  };
}
