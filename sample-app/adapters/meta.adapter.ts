import { Injectable } from '@nestjs/common';
import { Retryable } from 'nestjs-retryable';
import { exchange } from '../http/exchange.js';
import { Settings } from '../settings.js';
import type {
  AdDraft,
  AdPerformance,
  AdPlatform,
  AdSetDraft,
  AdSetPerformance,
} from './ad-platform.js';
import { createOnce } from './create-once.js';

type Edge = 'campaigns' | 'adsets' | 'ads';
type Actions = { action_type: string; value: string }[];

interface Insights {
  readonly data: { spend?: string; clicks?: string; ad_name?: string; actions?: Actions }[];
}

interface AdSetNode {
  readonly id: string;
  readonly name: string;
  readonly status: 'ACTIVE' | 'PAUSED';
  readonly daily_budget: string;
  readonly insights?: Insights;
}

/** The Marketing API of Meta (Graph API). */
@Injectable()
export class MetaAdapter implements AdPlatform {
  constructor(private readonly settings: Settings) {}

  // Meta keeps the budget with the ad sets.
  @Retryable({ context: 'create_campaign', platform: 'meta' })
  createCampaign(account: string, name: string): Promise<string> {
    return this.createOnce(account, 'campaigns', name, {
      objective: 'OUTCOME_SALES',
      status: 'ACTIVE',
      special_ad_categories: [],
    });
  }

  @Retryable({ context: 'create_ad_set', platform: 'meta' })
  createAdSet(account: string, campaignId: string, adSet: AdSetDraft): Promise<string> {
    return this.createOnce(account, 'adsets', adSet.name, {
      campaign_id: campaignId,
      daily_budget: cents(adSet.daily_budget),
    });
  }

  @Retryable({ context: 'create_ad', platform: 'meta' })
  createAd(account: string, adSetId: string, ad: AdDraft): Promise<string> {
    return this.createOnce(account, 'ads', ad.name, {
      adset_id: adSetId,
      creative: { object_story_spec: { link_data: { message: ad.headline } } },
    });
  }

  @Retryable({ context: 'list_ad_sets', platform: 'meta' })
  async listAdSets(account: string): Promise<AdSetPerformance[]> {
    const fields = 'id,name,status,daily_budget,insights{spend,actions}';
    const { data } = await this.send<{ data: AdSetNode[] }>(
      'GET',
      `act_${account}/adsets?${new URLSearchParams({ fields }).toString()}`,
    );
    return data.map(({ id, name, status, daily_budget, insights }) => ({
      id,
      name,
      active: status === 'ACTIVE',
      daily_budget: Number(daily_budget) / 100,
      spend: Number(insights?.data[0]?.spend ?? 0),
      conversions: purchases(insights),
    }));
  }

  @Retryable({ context: 'read_ad_performance', platform: 'meta' })
  async adPerformance(_account: string, adId: string): Promise<AdPerformance> {
    const insights = await this.send<Insights>(
      'GET',
      `${adId}/insights?fields=ad_name,clicks,actions`,
    );
    const { ad_name = adId, clicks = 0 } = insights.data[0] ?? {};
    return {
      id: adId,
      name: ad_name,
      clicks: Number(clicks),
      conversions: purchases(insights),
    };
  }

  @Retryable({ context: 'pause_ad_set', platform: 'meta' })
  async pauseAdSet(_account: string, adSetId: string): Promise<void> {
    await this.send('POST', adSetId, { status: 'PAUSED' });
  }

  @Retryable({ context: 'set_daily_budget', platform: 'meta' })
  async setDailyBudget(_account: string, adSetId: string, amount: number): Promise<void> {
    await this.send('POST', adSetId, { daily_budget: cents(amount) });
  }

  private createOnce(
    account: string,
    edge: Edge,
    name: string,
    fields: Record<string, unknown>,
  ): Promise<string> {
    return createOnce(name, {
      find: async (label) => {
        const filter = [{ field: 'name', operator: 'EQUAL', value: label }];
        const query = new URLSearchParams({ fields: 'id', filtering: JSON.stringify(filter) });
        const path = `act_${account}/${edge}?${query.toString()}`;
        return (await this.send<{ data: { id: string }[] }>('GET', path)).data[0]?.id;
      },
      create: async (label) => {
        const body = { name: label, ...fields };
        return (await this.send<{ id: string }>('POST', `act_${account}/${edge}`, body)).id;
      },
    });
  }

  private send<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    return exchange<T>({
      method,
      url: `${this.settings.platformsUrl}/meta/v25.0/${path}`,
      headers: { authorization: `Bearer ${this.settings.accessToken}` },
      body,
    });
  }
}

/** The Graph API takes and gives money in the currency's smallest unit. */
function cents(amount: number): number {
  return Math.round(amount * 100);
}

function purchases(insights: Insights | undefined): number {
  const actions = insights?.data[0]?.actions ?? [];
  return Number(actions.find(({ action_type }) => action_type === 'purchase')?.value ?? 0);
}
