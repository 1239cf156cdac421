import type { ErrorResponse } from 'nestjs-retryable';
import type { AdDraft, AdSetDraft } from '../adapters/ad-platform.js';
import { Fields } from '../http/fields.js';

/**
 * - `created`: it is there, under its `id`
 * - `failed`: it is surely not there, and `error` says why
 * - `unconfirmed`: it may be there; `error` says why nobody knows
 * - `not_attempted`: an earlier failure would have met it too, or what it belongs to is missing
 */
export type PartStatus = 'created' | 'failed' | 'unconfirmed' | 'not_attempted';

/** A part as the caller sends it: one that has an id is there already and is not created again. */
export interface PlannedPart {
  readonly id?: string | undefined;
}

/** What became of a part. */
export interface PartResult extends PlannedPart {
  readonly status: PartStatus;
  readonly error?: ErrorResponse | undefined;
}

/** A campaign with its ad sets and their ads; `Part` is what is known of each of them. */
export interface Campaign<Part> {
  readonly platform: string;
  readonly account: string;
  readonly name: string;
  readonly ad_sets: (AdSetDraft & Part & { readonly ads: (AdDraft & Part)[] })[];
}

export type CampaignPlan = Campaign<PlannedPart> & PlannedPart;

/** Has the shape of a plan: the result of an incomplete request, corrected, is the next request. */
export type CampaignTree = Campaign<PartResult> & PartResult;

/** @throws ValidationError that lists every mistake */
export function readCampaignPlan(body: unknown): CampaignPlan {
  return Fields.read(body, (campaign) => ({
    platform: campaign.text('platform'),
    account: campaign.id('account'),
    name: campaign.text('name'),
    id: idOf(campaign),
    ad_sets: campaign.list('ad_sets', (adSet) => ({
      name: adSet.text('name'),
      daily_budget: adSet.number('daily_budget', { min: 1 }),
      id: idOf(adSet),
      ads: adSet.list('ads', (ad) => ({
        name: ad.text('name'),
        headline: ad.text('headline'),
        id: idOf(ad),
      })),
    })),
  }));
}

function idOf(part: Fields): string | undefined {
  if (part.has('id')) return part.id('id');
  if (part.is('status', 'unconfirmed')) {
    part.wrong(
      'status',
      'is unconfirmed: look on the platform, then set `id` or take `status` and `error` out',
    );
  }
  return undefined;
}
