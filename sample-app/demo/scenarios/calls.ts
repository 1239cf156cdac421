import type { Call } from '../scenario.js';

export function post(path: string, body: unknown, language?: 'en'): Call {
  return { method: 'POST', path, body, ...(language === undefined ? {} : { language }) };
}

export function get(path: string, language?: 'en'): Call {
  return { method: 'GET', path, ...(language === undefined ? {} : { language }) };
}

/** One campaign with one ad set and one ad. */
export function smallCampaign(platform: string, account: string) {
  const ads = [{ name: 'Blue dress', headline: 'A blue dress for spring' }];
  return {
    platform,
    account,
    name: 'Spring',
    ad_sets: [{ name: 'Paris', daily_budget: 50, ads }],
  };
}

/** One campaign with two ad sets and three ads; the second ad's words are the caller's. */
export function largeCampaign(
  platform: string,
  account: string,
  headline = 'A red dress for spring',
) {
  return {
    platform,
    account,
    name: 'Spring',
    ad_sets: [
      {
        name: 'Paris',
        daily_budget: 50,
        ads: [
          { name: 'Blue dress', headline: 'A blue dress for spring' },
          { name: 'Red dress', headline },
        ],
      },
      {
        name: 'Lyon',
        daily_budget: 30,
        ads: [{ name: 'Green dress', headline: 'A green dress for spring' }],
      },
    ],
  };
}

/** `n` times the same. */
export function times(n: number, request: string): string[] {
  return Array.from({ length: n }, () => request);
}

/** The campaign of an answer, as the next request. */
export function campaignOf(answer: unknown): Editable {
  return structuredClone((answer as { campaign: Editable }).campaign);
}

interface Editable {
  ad_sets: { id?: string; ads: { id?: string; headline: string }[] }[];
}
