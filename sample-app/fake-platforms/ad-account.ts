export interface FakeCampaign {
  readonly id: string;
  readonly name: string;
}

export interface FakeAdSet {
  readonly id: string;
  readonly name: string;
  readonly spend: number;
  readonly conversions: number;
  active: boolean;
  dailyBudget: number;
}

export interface FakeAd {
  readonly id: string;
  readonly name: string;
  readonly clicks: number;
  readonly conversions: number;
}

/** As TikTok does. */
const REQUEST_ID_KNOWN_FOR_MS = 10_000;

/** What a platform holds for one advertiser. Ids say whose they are: `acme:campaign-1`. */
export class AdAccount {
  readonly campaigns: FakeCampaign[] = [];
  readonly adSets: FakeAdSet[] = [];
  readonly ads: FakeAd[] = [];
  private readonly results = new Map<string, { id: string; until: number }>();

  constructor(readonly name: string) {}

  addCampaign(name: string): string {
    return add(this.campaigns, { id: `${this.name}:campaign-${this.campaigns.length + 1}`, name });
  }

  addAdSet(name: string, dailyBudget: number, figures = { spend: 0, conversions: 0 }): string {
    const id = `${this.name}:adset-${this.adSets.length + 1}`;
    return add(this.adSets, { id, name, dailyBudget, active: true, ...figures });
  }

  addAd(name: string, figures = { clicks: 0, conversions: 0 }): string {
    return add(this.ads, { id: `${this.name}:ad-${this.ads.length + 1}`, name, ...figures });
  }

  /** Creates something unless it did so for the same request id a moment ago. */
  once(requestId: string, create: () => string): string {
    const known = this.results.get(requestId);
    if (known !== undefined && known.until > Date.now()) return known.id;
    const id = create();
    this.results.set(requestId, { id, until: Date.now() + REQUEST_ID_KNOWN_FOR_MS });
    return id;
  }

  adSet(id: string): FakeAdSet | undefined {
    return this.adSets.find((adSet) => adSet.id === id);
  }

  ad(id: string): FakeAd | undefined {
    return this.ads.find((ad) => ad.id === id);
  }

  get holds(): { campaigns: number; ad_sets: number; ads: number } {
    return {
      campaigns: this.campaigns.length,
      ad_sets: this.adSets.length,
      ads: this.ads.length,
    };
  }
}

/** The advertiser behind an id. */
export function accountOf(id: string): string {
  return id.split(':', 1)[0] ?? '';
}

function add<T extends { readonly id: string }>(list: T[], item: T): string {
  list.push(item);
  return item.id;
}
