import { Injectable } from '@nestjs/common';
import type { AdPlatform, AdSetPerformance } from '../adapters/ad-platform.js';
import { PlatformRouter } from '../adapters/platform-router.js';
import { partFailure, type PartFailure } from '../http/part-failure.js';
import type { RequestInfo } from '../http/request-info.js';
import { changedBudget, matches, metricOf, type Rule } from './rule.js';

export interface RuleRun {
  readonly platform: string;
  readonly account: string;
  readonly rules: readonly Rule[];
}

export interface RuleResult {
  readonly rule: string;
  readonly status: 'done' | 'nothing_to_do' | 'failed' | 'partly_failed';
  readonly actions: ActionResult[];
}

interface ActionResult {
  readonly ad_set: string;
  readonly name: string;
  /** The figure that the rule looked at; null where it is infinite. */
  readonly value: number | null;
  readonly does: string;
  readonly status: 'done' | PartFailure['status'];
  readonly error?: PartFailure['error'];
}

/** Looks at every ad set of an account and acts by rules. An action that fails stops no other. */
@Injectable()
export class RuleEngine {
  constructor(private readonly platforms: PlatformRouter) {}

  /** @throws what the platform said, where the ad sets could not be read */
  async run({ platform, account, rules }: RuleRun, info: RequestInfo): Promise<RuleResult[]> {
    const adapter = this.platforms.of(platform);
    // By id as they are now: a rule sees what the rules before it have done.
    const adSets = new Map(
      (await adapter.listAdSets(account)).map((adSet) => [adSet.id, adSet] as const),
    );
    const results: RuleResult[] = [];
    for (const rule of rules) {
      const actions: ActionResult[] = [];
      for (const adSet of adSets.values()) {
        if (!matches(rule, adSet)) continue;
        const { after, does } = planned(rule, adSet);
        try {
          await act(adapter, account, rule, after);
          adSets.set(adSet.id, after);
          actions.push({ ...about(rule, adSet), does, status: 'done' });
        } catch (error) {
          actions.push({ ...about(rule, adSet), does, ...partFailure(error, info) });
        }
      }
      results.push({ rule: rule.name, status: statusOf(actions), actions });
    }
    return results;
  }
}

/** The ad set after the rule's action, and the action in words. */
function planned(rule: Rule, adSet: AdSetPerformance): { after: AdSetPerformance; does: string } {
  if (rule.then.action === 'pause') return { after: { ...adSet, active: false }, does: 'pause' };
  const daily_budget = changedBudget(adSet, rule.then.percent);
  return {
    after: { ...adSet, daily_budget },
    does: `daily_budget ${adSet.daily_budget} -> ${daily_budget}`,
  };
}

function act(
  adapter: AdPlatform,
  account: string,
  rule: Rule,
  after: AdSetPerformance,
): Promise<void> {
  return rule.then.action === 'pause'
    ? adapter.pauseAdSet(account, after.id)
    : adapter.setDailyBudget(account, after.id, after.daily_budget);
}

function about({ when }: Rule, adSet: AdSetPerformance) {
  const value = metricOf(when.metric, adSet);
  return {
    ad_set: adSet.id,
    name: adSet.name,
    value: Number.isFinite(value) ? value : null,
  };
}

function statusOf(actions: readonly ActionResult[]): RuleResult['status'] {
  if (actions.length === 0) return 'nothing_to_do';
  const failed = actions.filter(({ status }) => status !== 'done').length;
  if (failed === 0) return 'done';
  return failed === actions.length ? 'failed' : 'partly_failed';
}
