import type { OperationName } from './fake-platform.js';

/** One request that a platform got. */
export interface Hit {
  readonly operation: OperationName;
  /** Milliseconds since the epoch. */
  readonly began: number;
  /** When it was answered, or given up by one of the two sides. */
  ended?: number;
  /** `HTTP 503`, `HTTP 200 (code 40105)`, `no answer`, … */
  answer: string;
}

/** Every request that reached a platform, by platform and account. */
export class Traffic {
  private readonly hits = new Map<string, Hit[]>();

  begin(platform: string, account: string, operation: OperationName): Hit {
    const hit: Hit = { operation, began: Date.now(), answer: 'no answer' };
    this.of(platform, account).push(hit);
    return hit;
  }

  of(platform: string, account: string): Hit[] {
    const key = `${platform}/${account}`;
    let hits = this.hits.get(key);
    if (hits === undefined) this.hits.set(key, (hits = []));
    return hits;
  }
}
