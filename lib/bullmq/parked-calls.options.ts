import type { JobsOptions, WorkerOptions } from 'bullmq';
import { checkOptions, either, RULES, type OptionRules } from '../retry/check-options.js';

/** What `ParkedCallsModule` takes; every key is optional. @publicApi */
export interface ParkedCallsOptions {
  /** The name of the queue. Default `'parked-calls'`. */
  queue?: string | undefined;
  /** Which configuration of `BullModule` the queue has. Default: the one without a key. */
  configKey?: string | undefined;
  /** How this process makes the calls that are due; false: it only parks. Default: ten at once. */
  worker?: ParkedCallsWorkerOptions | false | undefined;
  /** How long calls that were made are kept, for their results. Default `{ age: 86_400 }`: a day. */
  removeOnComplete?: JobsOptions['removeOnComplete'] | undefined;
  /** How long calls that have failed for good are kept. Default `false`: until somebody removes them. */
  removeOnFail?: JobsOptions['removeOnFail'] | undefined;
}

/** Options of the BullMQ worker; `concurrency` is 10 and `maxStalledCount` 10 by default. @publicApi */
export type ParkedCallsWorkerOptions = Omit<
  WorkerOptions,
  'connection' | 'prefix' | 'name' | 'autorun' | 'removeOnComplete' | 'removeOnFail'
>;

const KEEP = either(RULES.flag, RULES.count, RULES.object);

const OPTION_RULES = {
  queue: {
    allowed: 'a non-empty string without a colon',
    accepts: (value) => RULES.text.accepts(value) && !(value as string).includes(':'),
  },
  configKey: RULES.text,
  worker: either(RULES.object, RULES.off),
  removeOnComplete: KEEP,
  removeOnFail: KEEP,
} as const satisfies OptionRules<keyof ParkedCallsOptions>;

/** @throws TypeError where an option is not allowed */
export function checkParkedCallsOptions(options: unknown): void {
  checkOptions(options, OPTION_RULES, 'in ParkedCallsModule');
}

export const QUEUE = 'parked-calls';
export const ONE_DAY_S = 86_400;

export const WORKER_DEFAULTS = {
  concurrency: 10,
  /** How often a process may die that makes a call: whether it may be made again the call itself knows. */
  maxStalledCount: 10,
  /** Milliseconds; BullMQ's own. */
  lockDuration: 30_000,
} as const satisfies ParkedCallsWorkerOptions;
