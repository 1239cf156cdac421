/** The platform's minute, twelve times as fast: a benchmark of whole minutes would take half an hour. */
export const WINDOW_MS = 5000;
/** Requests that an account may send in a window. */
export const LIMIT = 100;
/** So long the platform takes for an answer. */
export const ANSWER_MS = 20;

export const PROCESSES = 4;
export const ACCOUNTS = ['act_1', 'act_2', 'act_3'] as const;
/** Units of work of an account: ten times what it may send in a window. */
export const UNITS = 10 * LIMIT;
/** Workers that a process has for each account. */
export const WORKERS = 4;
/** What a worker does with an answer before it takes the next unit. */
export const PAUSE_MS = { from: 50, to: 150 } as const;

/** So soon after the first process has read a refusal another one need not know of it. */
export const NOTICE_MS = 50;

/**
 * As fast as the platform allows: the requests of one window may be sent at once, all others as it
 * lets them.
 */
export const LEAST_MS = ((UNITS - LIMIT) / LIMIT) * WINDOW_MS;
/** What is not done after twice that time is not waited for. */
export const PATIENCE_MS = 2 * LEAST_MS;

interface Rules {
  readonly title: string;
  /** Each request in a block begins the block anew. */
  readonly punishes: boolean;
}

export const PLATFORMS = {
  strict: { title: 'A platform that wants to be left alone', punishes: true },
  lenient: { title: 'A platform that only refuses', punishes: false },
} as const satisfies Record<string, Rules>;

export type PlatformName = keyof typeof PLATFORMS;
