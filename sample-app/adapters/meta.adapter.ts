import { Injectable } from '@nestjs/common';
import { Retryable, type Attempt } from 'nestjs-retryable';
import { exchange } from '../http/exchange.js';
import { parkedAs } from '../parked-calls/parked-as.js';
import { Settings } from '../settings.js';
import type { AdPerformance, AdPlatform, AdSetPerformance } from './ad-platform.js';
import { foundOrNot, labelled } from './labelled.js';

type Edge = 'campaigns' | 'adsets' | 'ads';
type AdSetArguments = Parameters<AdPlatform['createAdSet']>;
type AdArguments = Parameters<AdPlatform['createAd']>;
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

/** A limit that Meta states holds up the calls of that ad account, and no other's. */
const ACCOUNT = { platform: 'meta', key: (account: string) => account } as const;

/** The Marketing API of Meta (Graph API). */
@Injectable()
export class MetaAdapter implements AdPlatform {
  constructor(private readonly settings: Settings) {}

  // Meta keeps the budget with the ad sets.
  @Retryable({
    context: 'create_campaign',
    ...ACCOUNT,
    reconcile(this: MetaAdapter, _: unknown, attempt: Attempt, account: string, name: string) {
      return this.find(account, 'campaigns', labelled(name, attempt));
    },
    park: parkedAs('meta.create_campaign'),
  })
  createCampaign(account: string, name: string): Promise<string> {
    return this.create(account, 'campaigns', {
      name: labelled(name),
      objective: 'OUTCOME_SALES',
      status: 'ACTIVE',
      special_ad_categories: [],
    });
  }

  @Retryable({
    context: 'create_ad_set',
    ...ACCOUNT,
    reconcile(this: MetaAdapter, _: unknown, attempt: Attempt, ...args: AdSetArguments) {
      const [account, , { name }] = args;
      return this.find(account, 'adsets', labelled(name, attempt));
    },
  })
  createAdSet(...[account, campaignId, adSet]: AdSetArguments): Promise<string> {
    return this.create(account, 'adsets', {
      name: labelled(adSet.name),
      campaign_id: campaignId,
      daily_budget: cents(adSet.daily_budget),
    });
  }

  @Retryable({
    context: 'create_ad',
    ...ACCOUNT,
    reconcile(this: MetaAdapter, _: unknown, attempt: Attempt, ...args: AdArguments) {
      const [account, , { name }] = args;
      return this.find(account, 'ads', labelled(name, attempt));
    },
  })
  createAd(...[account, adSetId, ad]: AdArguments): Promise<string> {
    return this.create(account, 'ads', {
      name: labelled(ad.name),
      adset_id: adSetId,
      creative: { object_story_spec: { link_data: { message: ad.headline } } },
    });
  }

  @Retryable({ context: 'list_ad_sets', ...ACCOUNT })
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

  @Retryable({ context: 'read_ad_performance', ...ACCOUNT })
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

  @Retryable({ context: 'pause_ad_set', ...ACCOUNT })
  async pauseAdSet(_account: string, adSetId: string): Promise<void> {
    await this.send('POST', adSetId, { status: 'PAUSED' });
  }

  @Retryable({ context: 'set_daily_budget', ...ACCOUNT })
  async setDailyBudget(_account: string, adSetId: string, amount: number): Promise<void> {
    await this.send('POST', adSetId, { daily_budget: cents(amount) });
  }

  private async create(account: string, edge: Edge, body: object): Promise<string> {
    return (await this.send<{ id: string }>('POST', `act_${account}/${edge}`, body)).id;
  }

  private async find(account: string, edge: Edge, name: string) {
    const filter = [{ field: 'name', operator: 'EQUAL', value: name }];
    const query = new URLSearchParams({ fields: 'id', filtering: JSON.stringify(filter) });
    const path = `act_${account}/${edge}?${query.toString()}`;
    const { data } = await this.send<{ data: { id: string }[] }>('GET', path);
    return foundOrNot(data[0]?.id);
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
