import { Injectable } from '@nestjs/common';
import { PlatformRouter } from '../adapters/platform-router.js';
import type { RequestInfo } from '../http/request-info.js';
import { CampaignParts } from './campaign-parts.js';
import type { CampaignPlan, CampaignTree, PartStatus } from './campaign-plan.js';
import { nextSteps } from './next-steps.js';

export interface CampaignResult {
  readonly status: 'complete' | 'partial';
  readonly counts: Readonly<Record<PartStatus, number>>;
  /** What the person does next, where something is to be done. */
  readonly next?: string[];
  readonly campaign: CampaignTree;
}

/**
 * Creates a campaign with its ad sets and ads. The result is complete or says of every part whether
 * it is there; what is there is never created again.
 */
@Injectable()
export class CampaignManager {
  constructor(private readonly platforms: PlatformRouter) {}

  /** @throws what the platform said, where nothing at all was created */
  async create(plan: CampaignPlan, info: RequestInfo): Promise<CampaignResult> {
    const platform = this.platforms.of(plan.platform);
    const parts = new CampaignParts(info);
    const { ad_sets: plannedAdSets, ...draft } = plan;
    const { account } = draft;
    const dailyBudget = plannedAdSets.reduce((sum, { daily_budget }) => sum + daily_budget, 0);

    const campaign = await parts.create(draft, account, () =>
      platform.createCampaign(account, draft.name, dailyBudget),
    );
    const ad_sets = [];
    for (const { ads: plannedAds, ...adSetDraft } of plannedAdSets) {
      const adSet = await parts.create(adSetDraft, campaign.id, (campaignId) =>
        platform.createAdSet(account, campaignId, adSetDraft),
      );
      const ads = [];
      for (const ad of plannedAds) {
        ads.push(
          await parts.create(ad, adSet.id, (adSetId) => platform.createAd(account, adSetId, ad)),
        );
      }
      ad_sets.push({ ...adSet, ads });
    }

    return {
      status: parts.isComplete ? 'complete' : 'partial',
      counts: parts.counts,
      ...(parts.isComplete ? {} : { next: nextSteps(parts.counts, info.locale) }),
      campaign: { ...campaign, ad_sets },
    };
  }
}
