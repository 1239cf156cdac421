import { Injectable } from '@nestjs/common';
import { Retryable, ValidationError } from 'nestjs-retryable';
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

interface Mutated {
  readonly results: [{ readonly resourceName: string }];
}

interface Row {
  readonly campaign?: { resourceName: string };
  readonly adGroup?: { resourceName: string; name: string; status: 'ENABLED' | 'PAUSED' };
  readonly adGroupAd?: { resourceName: string; ad: { name: string } };
  readonly metrics?: { costMicros?: string; clicks?: string; conversions: number };
}

/** The Google Ads API over REST. An ad set is an ad group there. */
@Injectable()
export class GoogleAdapter implements AdPlatform {
  constructor(private readonly settings: Settings) {}

  @Retryable({ context: 'create_campaign', platform: 'google' })
  createCampaign(account: string, name: string, dailyBudget: number): Promise<string> {
    const budget = `customers/${account}/campaignBudgets/-1`;
    return createOnce(name, {
      find: (label) => this.find(account, 'campaign', label),
      // Both or neither: a budget without a campaign would be left behind.
      create: async (label) => {
        const { mutateOperationResponses } = await this.post<{
          mutateOperationResponses: [unknown, { campaignResult: { resourceName: string } }];
        }>(account, 'googleAds:mutate', {
          mutateOperations: [
            {
              campaignBudgetOperation: {
                create: { resourceName: budget, amountMicros: micros(dailyBudget) },
              },
            },
            { campaignOperation: { create: { name: label, campaignBudget: budget } } },
          ],
        });
        return idOf(mutateOperationResponses[1].campaignResult.resourceName);
      },
    });
  }

  @Retryable({ context: 'create_ad_set', platform: 'google' })
  createAdSet(account: string, campaignId: string, adSet: AdSetDraft): Promise<string> {
    const campaign = `customers/${account}/campaigns/${campaignId}`;
    return createOnce(adSet.name, {
      find: (label) => this.find(account, 'ad_group', label),
      create: (label) => this.create(account, 'adGroups:mutate', { name: label, campaign }),
    });
  }

  @Retryable({ context: 'create_ad', platform: 'google' })
  createAd(account: string, adSetId: string, ad: AdDraft): Promise<string> {
    const adGroup = `customers/${account}/adGroups/${adSetId}`;
    return createOnce(ad.name, {
      find: (label) => this.find(account, 'ad_group_ad', label),
      create: (label) =>
        this.create(account, 'adGroupAds:mutate', {
          adGroup,
          ad: { name: label, responsiveSearchAd: { headlines: [{ text: ad.headline }] } },
        }),
    });
  }

  @Retryable({ context: 'list_ad_sets', platform: 'google' })
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

  @Retryable({ context: 'read_ad_performance', platform: 'google' })
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

  @Retryable({ context: 'pause_ad_set', platform: 'google' })
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

  private async find(account: string, resource: string, name: string): Promise<string | undefined> {
    const column = resource === 'ad_group_ad' ? 'ad_group_ad.ad.name' : `${resource}.name`;
    const [row] = await this.search(
      account,
      `SELECT ${resource}.resource_name FROM ${resource} WHERE ${column} = '${quoted(name)}'`,
    );
    const found = row?.campaign ?? row?.adGroup ?? row?.adGroupAd;
    return found && idOf(found.resourceName);
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
