import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Deadline } from '../../../lib/retry/deadline-list.js';

type Queue = typeof import('../../../lib/retry/deadline-queue.js');

/** Milliseconds by which the process is behind its timers. */
let lag = 0;

/** The queue takes its timers when it is loaded: loaded under fake ones it runs by their clock. */
async function queueUnderFakeTimers(): Promise<Queue> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + lag);
  vi.resetModules();
  return import('../../../lib/retry/deadline-queue.js');
}

/** What ought to happen to a limit. */
interface Expected {
  readonly node: Deadline;
  readonly setAt: number;
  readonly ms: number;
  cleared: boolean;
  expiredAt: number | undefined;
}

class Model {
  readonly limits: Expected[] = [];

  constructor(private readonly queue: Queue) {}

  set(ms: number, then: () => void = () => undefined): void {
    const node: Deadline = {
      limitMs: 0,
      deadline: 0,
      place: undefined,
      before: undefined,
      after: undefined,
      expire: () => {
        expect({ cleared: limit.cleared, expiredAt: limit.expiredAt }).toEqual({
          cleared: false,
          expiredAt: undefined,
        });
        limit.expiredAt = performance.now();
        then();
      },
    };
    const limit: Expected = {
      node,
      setAt: performance.now(),
      ms,
      cleared: false,
      expiredAt: undefined,
    };
    this.limits.push(limit);
    this.queue.setDeadline(node, ms);
  }

  clear(index: number): void {
    const limit = this.limits[index % Math.max(1, this.limits.length)];
    if (limit === undefined) return;
    if (limit.expiredAt === undefined) limit.cleared = true;
    this.queue.clearDeadline(limit.node);
  }

  async turnEnd(): Promise<void> {
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
  }

  async advance(ms: number): Promise<void> {
    await this.turnEnd();
    await vi.advanceTimersByTimeAsync(ms);
    await this.turnEnd();
    this.check();
  }

  private get pending(): Expected[] {
    return this.limits.filter((limit) => !limit.cleared && limit.expiredAt === undefined);
  }

  /** None early, none lost, one timer while there are limits and none when there are not. */
  check(): void {
    const now = performance.now();
    for (const { setAt, ms, expiredAt } of this.limits) {
      if (expiredAt !== undefined) expect(expiredAt).toBeGreaterThanOrEqual(setAt + ms);
    }
    for (const { setAt, ms } of this.pending) expect(setAt + ms).toBeGreaterThan(now - 1);
    expect(vi.getTimerCount()).toBe(this.pending.length > 0 ? 1 : 0);
  }
}

// Few, so that many limits share one.
const durations = fc.constantFrom(1, 5, 20, 50);

const commands = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('set' as const), ms: durations }),
    fc.record({ do: fc.constant('set and set again' as const), ms: durations }),
    fc.record({ do: fc.constant('set and clear another' as const), ms: durations }),
    fc.record({ do: fc.constant('clear' as const), ms: fc.nat(100) }),
    fc.record({ do: fc.constant('clear all' as const), ms: fc.constant(0) }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 30 }) }),
    fc.record({ do: fc.constant('end the turn' as const), ms: fc.constant(0) }),
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);

let queue: Queue;

beforeEach(async () => {
  lag = 0;
  queue = await queueUnderFakeTimers();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('the queue of limits', () => {
  it('ends each limit once and in time, whatever is set, cleared and waited for in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        const model = new Model(queue);
        for (const { do: command, ms } of sequence) {
          if (command === 'set') model.set(ms);
          if (command === 'set and set again') model.set(ms, () => model.set(ms));
          if (command === 'set and clear another') model.set(ms, () => model.clear(ms));
          if (command === 'clear') model.clear(ms);
          if (command === 'clear all') model.limits.forEach((_, index) => model.clear(index));
          if (command === 'advance') await model.advance(ms);
          if (command === 'end the turn') await model.turnEnd();
        }
        await model.advance(200);
        await model.advance(200);
        expect(model.limits.every((limit) => limit.cleared || limit.expiredAt !== undefined)).toBe(
          true,
        );
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('tells of limits that are due together in the order of their deadlines', async () => {
    const ended: number[] = [];
    const model = new Model(queue);
    for (const ms of [9, 3, 6, 1, 12, 3]) model.set(ms, () => ended.push(ms));
    await model.turnEnd();
    lag = 20;
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toEqual([1, 3, 3, 6, 9, 12]);
  });

  it('loses none where another one throws', async () => {
    const ended: number[] = [];
    const model = new Model(queue);
    model.set(5, () => {
      throw new Error('mistake');
    });
    model.set(5, () => ended.push(5));
    model.set(7, () => ended.push(7));
    await model.turnEnd();
    await expect(vi.advanceTimersByTimeAsync(5)).rejects.toThrow('mistake');
    await vi.advanceTimersByTimeAsync(5);
    expect(ended).toEqual([5, 7]);
    await model.turnEnd();
    expect(vi.getTimerCount()).toBe(0);
  });
});
