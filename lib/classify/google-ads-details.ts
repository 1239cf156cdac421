import { read, readString } from '../errors/safe-read.js';
import { wordsIn } from './body.js';
import { durationSeconds } from './retry-after.js';

// REST and gRPC spell the same members differently.

/** `QuotaErrorDetails.retry_delay` */
export function quotaWait(details: unknown): number | undefined {
  const quota = read(details, 'quotaErrorDetails') ?? read(details, 'quota_error_details');
  return durationSeconds(read(quota, 'retryDelay') ?? read(quota, 'retry_delay'));
}

/** The bucket's name says so where Google states no wait: "Operations per day". */
export function isDailyQuota(details: unknown): boolean {
  const quota = read(details, 'quotaErrorDetails') ?? read(details, 'quota_error_details');
  return /per ?day|daily/i.test(wordsIn(quota, 'rateName') + wordsIn(quota, 'rate_name'));
}

/** The topic of the first of `PolicyFindingDetails.policy_topic_entries`, such as ALCOHOL. */
export function policyTopic(details: unknown): string | undefined {
  const finding = read(details, 'policyFindingDetails') ?? read(details, 'policy_finding_details');
  const entries = read(finding, 'policyTopicEntries') ?? read(finding, 'policy_topic_entries');
  return readString(read(entries, 0), 'topic');
}
