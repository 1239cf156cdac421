import { AsyncResource } from 'node:async_hooks';

/** So many accounts are remembered; of one that is forgotten a repair is made once more. */
const MAX_ACCOUNTS = 10_000;

/** A repair that goes on: everybody whose account it is waits for the same one. */
type Flight = Promise<boolean>;

/** One repair at a time for each account, however many of its calls fail together. */
export class Repairs {
  private readonly flights = new Map<string, Flight>();
  /** When the last repair of an account had come to its end, as one of Node's asynchronous ids. */
  private readonly done = new Map<string, number>();

  /** @param asyncId of what may have begun before the account's last repair had come to its end */
  isRepairedSince(account: string, asyncId: number): boolean {
    return (this.done.get(account) ?? 0) > asyncId;
  }

  /**
   * The account's repair that goes on, or a new one.
   *
   * @returns whether it has succeeded; never rejects
   */
  join(account: string, repair: () => Flight): Flight {
    const present = this.flights.get(account);
    if (present !== undefined) return present;
    const flight = repair().then((succeeded) => {
      this.flights.delete(account);
      if (succeeded) this.remember(account);
      return succeeded;
    });
    this.flights.set(account, flight);
    return flight;
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
