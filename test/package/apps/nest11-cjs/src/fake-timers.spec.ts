import { constant, RateLimitError, retryWithBackoff } from 'nestjs-retryable';

const limited = () => Promise.reject(new RateLimitError('gemini'));

/** An operation that fails once and then succeeds. */
function flaky() {
  let calls = 0;
  return () => (++calls === 1 ? limited() : Promise.resolve('done'));
}

/** An operation that ends when it is told to. */
function pending() {
  let finish: (result: string) => void = () => undefined;
  const result = new Promise<string>((resolve) => (finish = resolve));
  return { operation: () => result, finish };
}

// A timer that one of these left behind would keep Jest from ending, and it would say so.
describe('retries, where fake timers are switched on and off in mid-process', () => {
  afterEach(() => jest.useRealTimers());

  it('wait by the timers of the moment: real, fake, real, fake and real', async () => {
    expect(await retryWithBackoff(flaky(), { backoff: constant(1) })).toBe('done');
    for (const wait of [60_000, 3_600_000]) {
      jest.useFakeTimers();
      const call = retryWithBackoff(flaky(), { backoff: constant(wait) });
      await jest.advanceTimersByTimeAsync(wait);
      expect(await call).toBe('done');
      jest.useRealTimers();
      expect(await retryWithBackoff(flaky(), { backoff: constant(1) })).toBe('done');
    }
  });

  it('forget the limit of a call that began under real and ends under fake timers', async () => {
    const { operation, finish } = pending();
    const call = retryWithBackoff(operation);
    await new Promise((resolve) => setImmediate(resolve));
    jest.useFakeTimers();
    finish('done');
    expect(await call).toBe('done');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('forget the limit of a call that began under fake and ends under real timers', async () => {
    jest.useFakeTimers();
    const { operation, finish } = pending();
    const call = retryWithBackoff(operation);
    expect(jest.getTimerCount()).toBe(1);
    jest.useRealTimers();
    finish('done');
    expect(await call).toBe('done');
  });

  it('keep the real limit of a call that began before fake timers', async () => {
    const endless = () => new Promise(() => undefined);
    const call = retryWithBackoff(endless, { timeout: 10, maxRetries: 0 });
    await new Promise((resolve) => setImmediate(resolve));
    jest.useFakeTimers();
    await expect(call).rejects.toMatchObject({ type: 'TIMEOUT' });
  });

  it('end a real wait that is cancelled under fake timers', async () => {
    const controller = new AbortController();
    const call = retryWithBackoff(limited, { signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    jest.useFakeTimers();
    controller.abort(new Error('gone'));
    await expect(call).rejects.toThrow('gone');
  });

  it('need no timer for a delay of 0', async () => {
    jest.useFakeTimers();
    expect(await retryWithBackoff(flaky(), { backoff: constant(0) })).toBe('done');
    expect(jest.getTimerCount()).toBe(0);
  });
});
