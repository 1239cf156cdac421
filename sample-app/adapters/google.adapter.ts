import { Injectable } from '@nestjs/common';
import { Retryable, ValidationError, type Attempt } from 'nestjs-retryable';
import { exchange } from '../http/exchange.js';
import { parkedAs } from '../parked-calls/parked-as.js';
import { Settings } from '../settings.js';
import type { AdPerformance, AdPlatform, AdSetPerformance } from './ad-platform.js';
import { foundOrNot, labelled } from './labelled.js';

interface Mutated {
  readonly results: [{ readonly resourceName: string }];
}

interface Row {
  readonly campaign?: { resourceName: string };
  readonly adGroup?: { resourceName: string; name: string; status: 'ENABLED' | 'PAUSED' };
  readonly adGroupAd?: { resourceName: string; ad: { name: string } };
  readonly metrics?: { costMicros?: string; clicks?: string; conversions: number };
}

type AdSetArguments = Parameters<AdPlatform['createAdSet']>;
type AdArguments = Parameters<AdPlatform['createAd']>;

/** A limit that Google states holds up the calls of that customer, and no other's. */
const ACCOUNT = { platform: 'google', key: (account: string) => account } as const;

/** The Google Ads API over REST. An ad set is an ad group there. */
@Injectable()
export class GoogleAdapter implements AdPlatform {
  constructor(private readonly settings: Settings) {}

  @Retryable({
    context: 'create_campaign',
    ...ACCOUNT,
    reconcile(this: GoogleAdapter, _: unknown, attempt: Attempt, account: string, name: string) {
      return this.find(account, 'campaign', labelled(name, attempt));
    },
    park: parkedAs('google.create_campaign'),
  })
  async createCampaign(account: string, name: string, dailyBudget: number): Promise<string> {
    const budget = `customers/${account}/campaignBudgets/-1`;
    // Both or neither: a budget without a campaign would be left behind.
    const { mutateOperationResponses } = await this.post<{
      mutateOperationResponses: [unknown, { campaignResult: { resourceName: string } }];
    }>(account, 'googleAds:mutate', {
      mutateOperations: [
        {
          campaignBudgetOperation: {
            create: { resourceName: budget, amountMicros: micros(dailyBudget) },
          },
        },
        { campaignOperation: { create: { name: labelled(name), campaignBudget: budget } } },
      ],
    });
    return idOf(mutateOperationResponses[1].campaignResult.resourceName);
  }

  @Retryable({
    context: 'create_ad_set',
    ...ACCOUNT,
    reconcile(this: GoogleAdapter, _: unknown, attempt: Attempt, ...args: AdSetArguments) {
      const [account, , { name }] = args;
      return this.find(account, 'ad_group', labelled(name, attempt));
    },
  })
  createAdSet(...[account, campaignId, adSet]: AdSetArguments): Promise<string> {
    const campaign = `customers/${account}/campaigns/${campaignId}`;
    return this.create(account, 'adGroups:mutate', { name: labelled(adSet.name), campaign });
  }

  @Retryable({
    context: 'create_ad',
    ...ACCOUNT,
    reconcile(this: GoogleAdapter, _: unknown, attempt: Attempt, ...args: AdArguments) {
      const [account, , { name }] = args;
      return this.find(account, 'ad_group_ad', labelled(name, attempt));
    },
  })
  createAd(...[account, adSetId, ad]: AdArguments): Promise<string> {
    const headlines = [{ text: ad.headline }];
    return this.create(account, 'adGroupAds:mutate', {
      adGroup: `customers/${account}/adGroups/${adSetId}`,
      ad: { name: labelled(ad.name), responsiveSearchAd: { headlines } },
    });
  }

  @Retryable({ context: 'list_ad_sets', ...ACCOUNT })
  async listAdSets(account: string): Promise<AdSetPerformance[]> {
    const rows = await this.search(
      account,
      'SELECT ad_group.name, ad_group.status, metrics.cost_micros, metrics.conversions FROM ad_group',
    );
    return rows.flatMap(({ adGroup, metrics }) =>
      adGroup === undefined
        ? []
        : {
            id: idOf(adGroup.resourceName),
            name: adGroup.name,
            active: adGroup.status === 'ENABLED',
            daily_budget: 0,
            spend: Number(metrics?.costMicros ?? 0) / 1_000_000,
            conversions: metrics?.conversions ?? 0,
          },
    );
  }

  @Retryable({ context: 'read_ad_performance', ...ACCOUNT })
  async adPerformance(account: string, adId: string): Promise<AdPerformance> {
    const [row] = await this.search(
      account,
      `SELECT ad_group_ad.ad.name, metrics.clicks, metrics.conversions FROM ad_group_ad WHERE ad_group_ad.ad.id = '${quoted(adId)}'`,
    );
    return {
      id: adId,
      name: row?.adGroupAd?.ad.name ?? adId,
      clicks: Number(row?.metrics?.clicks ?? 0),
      conversions: row?.metrics?.conversions ?? 0,
    };
  }

  @Retryable({ context: 'pause_ad_set', ...ACCOUNT })
  async pauseAdSet(account: string, adSetId: string): Promise<void> {
    const resourceName = `customers/${account}/adGroups/${adSetId}`;
    await this.post(account, 'adGroups:mutate', {
      operations: [{ update: { resourceName, status: 'PAUSED' }, updateMask: 'status' }],
    });
  }

  async setDailyBudget(): Promise<never> {
    throw new ValidationError({
      platform: 'google',
      field: 'platform',
      errors: ['Google keeps budgets with campaigns, not with ad groups'],
    });
  }

  private async create(account: string, method: string, create: object): Promise<string> {
    const { results } = await this.post<Mutated>(account, method, { operations: [{ create }] });
    return idOf(results[0].resourceName);
  }

  private async find(account: string, resource: string, name: string) {
    const column = resource === 'ad_group_ad' ? 'ad_group_ad.ad.name' : `${resource}.name`;
    const [row] = await this.search(
      account,
      `SELECT ${resource}.resource_name FROM ${resource} WHERE ${column} = '${quoted(name)}'`,
    );
    const found = row?.campaign ?? row?.adGroup ?? row?.adGroupAd;
    return foundOrNot(found && idOf(found.resourceName));
  }

  private async search(account: string, query: string): Promise<Row[]> {
    const { results } = await this.post<{ results?: Row[] }>(account, 'googleAds:search', {
      query,
    });
    return results ?? [];
  }

  private post<T>(account: string, method: string, body: object): Promise<T> {
    return exchange<T>({
      method: 'POST',
      url: `${this.settings.platformsUrl}/google/v25/customers/${account}/${method}`,
      headers: { authorization: `Bearer ${this.settings.accessToken}` },
      body,
    });
  }
}

/** Google takes and gives money in millionths. */
function micros(amount: number): string {
  return String(Math.round(amount * 1_000_000));
}

/** The last part of `customers/1/campaigns/2`. */
function idOf(resourceName: string): string {
  return resourceName.slice(resourceName.lastIndexOf('/') + 1);
}

function quoted(text: string): string {
  return text.replaceAll(/['\\]/g, String.raw`\$&`);
}
