const { retryWithBackoff, RateLimitError } = require('nestjs-retryable');
const { fail, hang, startVirtualTime } = require('nestjs-retryable/testing');

let time;
beforeEach(() => {
  time = startVirtualTime();
});
afterEach(() => time.restore());

test('1 s, 2 s and 4 s take no time', async () => {
  const upstream = fail(3, new RateLimitError('meta')).then({ id: 'c1' });
  await expect(retryWithBackoff(upstream, { platform: 'meta' })).resolves.toEqual({ id: 'c1' });
  time.expectWaits(1000, 2000, 4000);
  upstream.expectCalls(4);
});

test('a call that hangs runs into its limit', async () => {
  const upstream = hang(1).then('late');
  await expect(retryWithBackoff(upstream, { platform: 'meta' })).resolves.toBe('late');
  expect(time.now()).toBe(31_000);
});

test('what was expected and what there was is in the message', async () => {
  await retryWithBackoff(fail(1, new RateLimitError('meta')).then('ok'));
  expect(() => time.expectWaits(2000)).toThrow('Expected the waits to be [2000] ms, got [1000]');
});

test('the timers of Jest do not stop it', async () => {
  jest.useFakeTimers();
  try {
    const upstream = fail(1, new RateLimitError('meta')).then('ok');
    await expect(retryWithBackoff(upstream)).resolves.toBe('ok');
    time.expectWaits(1000);
  } finally {
    jest.useRealTimers();
  }
});
