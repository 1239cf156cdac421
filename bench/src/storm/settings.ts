/** What happens to whom; all times are milliseconds. */
export interface Setting {
  readonly title: string;
  /** Processes, each an application of its own. */
  readonly clients: number;
  /** Of each client. */
  readonly callsPerSecond: number;
  /** Calls come at random (Poisson), or one always as long after the other. */
  readonly arrivals: 'random' | 'regular';
  /** Time before the outage, of the outage and after it. */
  readonly beforeMs: number;
  readonly outageMs: number;
  readonly afterMs: number;
  /** Requests and calls are counted for so long at a time. */
  readonly binMs: number;
  /** The share of requests that fail while the backend works. */
  readonly failureRate: number;
  /** What the backend answers in a second, as a multiple of what clients without retries send. */
  readonly capacity: number;
}

const RANDOM = { arrivals: 'random', failureRate: 0, capacity: Infinity, binMs: 100 } as const;
const OUTAGE = { ...RANDOM, beforeMs: 5_000, outageMs: 30_000, afterMs: 10_000 };
const BLIP = { ...OUTAGE, clients: 60, callsPerSecond: 10 };
const SPARSE = {
  ...RANDOM,
  callsPerSecond: 1 / 60,
  beforeMs: 600_000,
  afterMs: 600_000,
  binMs: 60_000,
};
const TWO_HOURS = 7_200_000;

export const SETTINGS = {
  busy: {
    title: 'An outage of 30 s, 1000 processes with 10 calls/s each',
    ...OUTAGE,
    clients: 1_000,
    callsPerSecond: 10,
  },
  calm: {
    title: 'An outage of 30 s, 1000 processes with 1 call/s each',
    ...OUTAGE,
    clients: 1_000,
    callsPerSecond: 1,
  },
  tight: {
    title: 'An outage of 30 s, 200 processes with 10 calls/s each, room for 1.25 x as much',
    ...OUTAGE,
    clients: 200,
    callsPerSecond: 10,
    afterMs: 15_000,
    capacity: 1.25,
  },
  oneSecond: { title: '1 s, 10 calls/s', ...BLIP, outageMs: 1_000 },
  twoSeconds: { title: '2 s, 10 calls/s', ...BLIP, outageMs: 2_000 },
  calmBlip: { title: '2 s, 1 call/s', ...BLIP, outageMs: 2_000, callsPerSecond: 1 },
  steady: {
    title: '2 % of requests fail, no outage: 200 processes with 10 calls/s each, 100 s',
    ...RANDOM,
    clients: 200,
    callsPerSecond: 10,
    beforeMs: 100_000,
    outageMs: 0,
    afterMs: 0,
    failureRate: 0.02,
  },
  everyMinute: {
    title: 'one process, a call each minute',
    ...SPARSE,
    clients: 1,
    arrivals: 'regular',
    outageMs: TWO_HOURS,
  },
  onceAMinute: {
    title: '50 processes, a call a minute at random',
    ...SPARSE,
    clients: 50,
    outageMs: TWO_HOURS,
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

export function totalMs({ beforeMs, outageMs, afterMs }: Setting): number {
  return beforeMs + outageMs + afterMs;
}

/** Requests a second of all clients if none is ever repeated. */
export function steadyRate({ clients, callsPerSecond }: Setting): number {
  return clients * callsPerSecond;
}
