import { AdAccount } from './ad-account.js';
import type { OperationName, Outcome } from './fake-platform.js';

/** What an operation comes to, call by call; after the last the list begins anew. */
type Behaviour = Partial<Record<OperationName | 'anything', readonly [Outcome, ...Outcome[]]>>;

/**
 * An account's name says how every platform treats it. Any other name is an account where all goes
 * well. What follows a `~` only tells accounts of one kind apart: `down~mine`.
 */
export const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  'token-expired': { anything: ['token-expired'] },
  'token-revoked': { anything: ['token-invalid'] },
  'no-permission': { anything: ['permission-denied'] },
  down: { anything: ['unavailable'] },
  'down-twice': {
    'create campaign': ['unavailable', 'unavailable', 'ok'],
    'list ad sets': ['unavailable', 'unavailable', 'ok'],
    'generate copy': ['unavailable', 'unavailable', 'ok'],
    'list tools': ['unavailable', 'unavailable', 'ok'],
  },
  busy: {
    'create campaign': ['busy', 'ok'],
    'generate copy': ['busy', 'ok'],
    'list tools': ['busy', 'ok'],
  },
  'come-back-later': { 'create campaign': ['later', 'ok'] },
  throttled: { anything: ['throttled'] },
  'throttled-once': {
    'create campaign': ['throttled', 'ok'],
    'generate copy': ['throttled', 'ok'],
  },
  'lost-answer': { 'create campaign': ['reset-after'] },
  'lost-answer-once': {
    'create campaign': ['reset-after', 'ok'],
    'generate copy': ['reset-after', 'ok'],
    'call tool': ['reset-after', 'ok'],
  },
  'no-budget': { 'create campaign': ['no-budget'] },
  'slow-answer': { 'create campaign': ['hang-after', 'ok'] },
  'lost-ad': { 'create ad': ['hang-after'] },
  hangs: { anything: ['hang'] },
  'small-purse': { 'create ad set': ['ok', 'no-budget', 'ok'] },
  'shop-down-once': {
    'list ad sets': ['unavailable', 'ok'],
    'change ad set': ['unavailable', 'ok'],
  },
  'shop-second-read-fails': { 'read ad': ['ok', 'permission-denied'] },
  'shop-first-write-fails': { 'change ad set': ['permission-denied', 'ok', 'ok'] },
  'shop-second-write-fails': { 'change ad set': ['ok', 'permission-denied'] },
  overloaded: { 'generate copy': ['overloaded', 'ok'] },
  'quota-used-up': { 'generate copy': ['quota-used-up'] },
  'key-invalid': { 'generate copy': ['key-invalid'] },
  blocked: { 'generate copy': ['blocked'] },
  'tool-fails': { 'call tool': ['tool-failed'] },
  'tool-hangs': { 'call tool': ['hang-after'] },
  'tools-reset': { 'list tools': ['reset', 'ok'] },
  'tools-busy': { 'list tools': ['busy'] },
};

/** Plays the behaviours: one counter for each account and operation of a platform. */
export class Behaviours {
  private readonly calls = new Map<string, number>();

  next(platform: string, account: string, operation: OperationName): Outcome {
    const behaviour = BEHAVIOURS[kindOf(account)];
    const outcomes = behaviour?.[operation] ?? behaviour?.anything ?? (['ok'] as const);
    const key = `${platform}/${account}/${operation}`;
    const call = this.calls.get(key) ?? 0;
    this.calls.set(key, call + 1);
    return outcomes[call % outcomes.length] ?? 'ok';
  }
}

/** An account as it is before anyone has done anything. A `shop` has ads that run. */
export function openAccount(name: string): AdAccount {
  const account = new AdAccount(name);
  if (!kindOf(name).startsWith('shop')) return account;
  account.addCampaign('Spring');
  account.addAdSet('Paris', 60, { spend: 300, conversions: 30 });
  account.addAdSet('Lyon', 40, { spend: 240, conversions: 6 });
  account.addAdSet('Nice', 20, { spend: 90, conversions: 3 });
  account.addAd('Blue dress', { clicks: 2000, conversions: 120 });
  account.addAd('Red dress', { clicks: 2000, conversions: 80 });
  account.addAd('Green dress', { clicks: 1500, conversions: 82 });
  account.addAd('New dress', { clicks: 90, conversions: 9 });
  return account;
}

function kindOf(account: string): string {
  return account.split('~', 1)[0] ?? account;
}
