import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { currentAttempt, Retryable } from 'nestjs-retryable';
import { ApiError, exchange } from '../http/exchange.js';
import { Settings } from '../settings.js';
import type {
  AdDraft,
  AdPerformance,
  AdPlatform,
  AdSetDraft,
  AdSetPerformance,
} from './ad-platform.js';

/** A limit that TikTok states holds up the calls of that advertiser, and no other's. */
const ACCOUNT = { platform: 'tiktok', key: (account: string) => account } as const;

/**
 * TikTok knows a repeated creation by its `request_id`, but only for 10 seconds. Three attempts of
 * 2 s (app.module.ts) with waits of 1 s and 2 s fit in, and nothing is sent after 9 s whatever
 * TikTok asks to wait: none of it is parked either.
 */
const WITH_REQUEST_ID = {
  ...ACCOUNT,
  idempotent: true,
  maxRetries: 2,
  totalTimeout: 9_000,
} as const;

/** Every body of TikTok's API. A failure is HTTP 200 with a code that is not 0. */
interface Answer<Data> {
  readonly code: number;
  readonly data: Data;
}

interface Report {
  readonly list: {
    readonly dimensions: { readonly adgroup_id?: string; readonly ad_id?: string };
    readonly metrics: Readonly<Record<string, string>>;
  }[];
}

/** The Marketing API of TikTok for Business. */
@Injectable()
export class TikTokAdapter implements AdPlatform {
  constructor(private readonly settings: Settings) {}

  // TikTok keeps the budget with the ad groups.
  @Retryable({ context: 'create_campaign', ...WITH_REQUEST_ID })
  async createCampaign(account: string, name: string): Promise<string> {
    const { campaign_id } = await this.post<{ campaign_id: string }>('campaign/create/', {
      advertiser_id: account,
      request_id: requestId(),
      campaign_name: name,
      objective_type: 'WEB_CONVERSIONS',
    });
    return campaign_id;
  }

  @Retryable({ context: 'create_ad_set', ...WITH_REQUEST_ID })
  async createAdSet(account: string, campaignId: string, adSet: AdSetDraft): Promise<string> {
    const { adgroup_id } = await this.post<{ adgroup_id: string }>('adgroup/create/', {
      advertiser_id: account,
      request_id: requestId(),
      campaign_id: campaignId,
      adgroup_name: adSet.name,
      budget: adSet.daily_budget,
    });
    return adgroup_id;
  }

  // For an ad there is no `request_id`, and no name to look it up by.
  @Retryable({ context: 'create_ad', ...ACCOUNT, idempotent: false })
  async createAd(account: string, adSetId: string, ad: AdDraft): Promise<string> {
    const { ad_ids } = await this.post<{ ad_ids: [string] }>('ad/create/', {
      advertiser_id: account,
      adgroup_id: adSetId,
      creatives: [{ ad_name: ad.name, ad_text: ad.headline }],
    });
    return ad_ids[0];
  }

  @Retryable({ context: 'list_ad_sets', ...ACCOUNT })
  async listAdSets(account: string): Promise<AdSetPerformance[]> {
    const { list } = await this.report(account, 'adgroup_id');
    return list.map(({ dimensions, metrics }) => ({
      id: dimensions.adgroup_id ?? '',
      name: metrics['adgroup_name'] ?? '',
      active: metrics['operation_status'] === 'ENABLE',
      daily_budget: Number(metrics['budget']),
      spend: Number(metrics['spend']),
      conversions: Number(metrics['conversion']),
    }));
  }

  @Retryable({ context: 'read_ad_performance', ...ACCOUNT })
  async adPerformance(account: string, adId: string): Promise<AdPerformance> {
    const { list } = await this.report(account, 'ad_id', adId);
    const metrics = list[0]?.metrics ?? {};
    return {
      id: adId,
      name: metrics['ad_name'] ?? adId,
      clicks: Number(metrics['clicks'] ?? 0),
      conversions: Number(metrics['conversion'] ?? 0),
    };
  }

  @Retryable({ context: 'pause_ad_set', ...ACCOUNT })
  async pauseAdSet(account: string, adSetId: string): Promise<void> {
    await this.post('adgroup/status/update/', {
      advertiser_id: account,
      adgroup_ids: [adSetId],
      operation_status: 'DISABLE',
    });
  }

  @Retryable({ context: 'set_daily_budget', ...ACCOUNT })
  async setDailyBudget(account: string, adSetId: string, amount: number): Promise<void> {
    await this.post('adgroup/budget/update/', {
      advertiser_id: account,
      budget: [{ adgroup_id: adSetId, budget: amount }],
    });
  }

  private report(account: string, dimension: string, adId?: string): Promise<Report> {
    const query = new URLSearchParams({
      advertiser_id: account,
      dimensions: JSON.stringify([dimension]),
      ...(adId === undefined ? {} : { filtering: JSON.stringify({ ad_ids: [adId] }) }),
    });
    return this.send<Report>('GET', `report/integrated/get/?${query.toString()}`);
  }

  private post<T>(path: string, body: object): Promise<T> {
    return this.send<T>('POST', path, body);
  }

  private async send<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const answer = await exchange<Answer<T>>({
      method,
      url: `${this.settings.platformsUrl}/tiktok/open_api/v1.3/${path}`,
      headers: { 'access-token': this.settings.accessToken },
      body,
    });
    if (answer.code !== 0) throw new ApiError(answer);
    return answer.data;
  }
}

/** The key of the call, the same in each of its attempts; TikTok wants a 64-bit number as text. */
function requestId(): string {
  const key = currentAttempt()?.idempotencyKey ?? randomUUID();
  return BigInt.asUintN(63, BigInt(`0x${key.replaceAll('-', '')}`)).toString();
}
