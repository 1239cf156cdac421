import { AsyncResource } from 'node:async_hooks';
import { STORE_MS } from './cooldown-gate.js';
import type { Flight, RepairLock, RepairTimes } from './repair-lock.js';
import { MAX_DELAY_MS, startWait } from './wait.js';

/** So many accounts are remembered; of one that is forgotten a repair is made once more. */
const MAX_ACCOUNTS = 10_000;

/** One repair at a time for each account, however many of its calls fail together. */
export class Repairs {
  /** Repairs that go on: everybody whose account it is waits for the same one. */
  private readonly flights = new Map<string, Flight>();
  /** When this process has repaired an account last, as one of Node's asynchronous ids. */
  private readonly done = new Map<string, number>();

  /**
   * @param lock knows of the repairs of other processes
   * @param onFailure told what the lock has failed with
   */
  constructor(
    private readonly lock: RepairLock | undefined,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** @param asyncId of what may have begun before the account's last repair had come to its end */
  isRepairedSince(account: string, asyncId: number): boolean {
    return (this.done.get(account) ?? 0) > asyncId;
  }

  /** So long a call waits at most: where another process has died in its repair, for two of them. */
  longestMs(limitMs: number): number {
    return this.lock === undefined ? limitMs : Math.min(limitMs * 2, MAX_DELAY_MS - STORE_MS);
  }

  /**
   * The account's repair that goes on, or a new one.
   *
   * @returns whether it has succeeded; never rejects
   */
  join(account: string, times: RepairTimes, repair: () => Flight): Flight {
    const present = this.flights.get(account);
    if (present !== undefined) return present;
    const { lock } = this;
    const own = () =>
      repair().then((succeeded) => {
        if (succeeded) this.remember(account);
        return succeeded;
      });
    const flight = (lock === undefined ? own() : this.share(lock, account, times, own)).then(
      (succeeded) => {
        this.flights.delete(account);
        return succeeded;
      },
    );
    this.flights.set(account, flight);
    return flight;
  }

  private async share(
    lock: RepairLock,
    account: string,
    times: RepairTimes,
    repair: () => Flight,
  ): Flight {
    let own: Flight | undefined;
    const once = () => (own ??= repair());
    try {
      const answer = await answerOf(
        () => lock.once(account, once, times),
        this.longestMs(times.limitMs) + STORE_MS,
      );
      return answer === true;
    } catch (error) {
      this.onFailure(error);
      return once();
    }
  }

  private remember(account: string): void {
    const { done } = this;
    done.delete(account);
    const [oldest] = done.size >= MAX_ACCOUNTS ? done.keys() : [];
    if (oldest !== undefined) done.delete(oldest);
    // Clocks do not tell apart what happens at the same time; these ids count up.
    done.set(account, new AsyncResource('RetryRepair', 0).asyncId());
  }
}

/** What the question is answered with, or undefined where nobody says so in time. */
async function answerOf<T>(question: () => PromiseLike<T>, ms: number): Promise<T | undefined> {
  let end: ((elapsed: boolean) => void) | undefined;
  const late = new Promise<undefined>((resolve) => {
    end = startWait(ms, () => resolve(undefined));
  });
  try {
    return await Promise.race([question(), late]);
  } finally {
    end?.(false);
  }
}
