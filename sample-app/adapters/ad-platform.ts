/** An ad set as it is to be created. Money is in whole units of the account's currency. */
export interface AdSetDraft {
  readonly name: string;
  readonly daily_budget: number;
}

export interface AdDraft {
  readonly name: string;
  readonly headline: string;
}

/** How an ad set that exists is doing. */
export interface AdSetPerformance {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  /** 0 where the platform keeps no budgets with ad sets. */
  readonly daily_budget: number;
  readonly spend: number;
  readonly conversions: number;
}

/** How an ad that exists is doing. */
export interface AdPerformance {
  readonly id: string;
  readonly name: string;
  readonly clicks: number;
  readonly conversions: number;
}

/**
 * What this application needs of an advertising platform. Every method retries what can be retried
 * and fails with a `ServiceError`; what was created is not created again. Callers add no retries of their
 * own: they would multiply.
 */
export interface AdPlatform {
  /** Creates a campaign and returns its id. The other two likewise. */
  createCampaign(account: string, name: string, dailyBudget: number): Promise<string>;
  createAdSet(account: string, campaignId: string, adSet: AdSetDraft): Promise<string>;
  createAd(account: string, adSetId: string, ad: AdDraft): Promise<string>;
  listAdSets(account: string): Promise<AdSetPerformance[]>;
  adPerformance(account: string, adId: string): Promise<AdPerformance>;
  pauseAdSet(account: string, adSetId: string): Promise<void>;
  /** Sets an amount, never a difference: done twice it is the same. */
  setDailyBudget(account: string, adSetId: string, amount: number): Promise<void>;
}
