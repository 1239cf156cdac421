import { describe, expect, it } from 'vitest';
import { PlatformServiceError, RateLimitError, retryWithBackoff } from '../../../lib/index.js';
import { fail, hang, succeed } from '../../../lib/testing/index.js';
import { failureOf, turnEnd } from '../../support/calls.js';

const policy = { platform: 'meta', backoff: () => 0 };

describe('a scripted upstream', () => {
  it('fails so many times and then succeeds for good', async () => {
    const upstream = fail(2, new RateLimitError('meta')).then({ id: 'c1' });
    expect(await retryWithBackoff(() => upstream('Spring'), policy)).toEqual({ id: 'c1' });
    upstream.expectCalls(3);
    expect(upstream.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(upstream.calls.map(({ args }) => args)).toEqual([['Spring'], ['Spring'], ['Spring']]);
    expect(new Set(upstream.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    expect(await upstream()).toEqual({ id: 'c1' });
  });

  it('goes on with another script', async () => {
    const script = fail(1, new RateLimitError('meta'))
      .then(fail(1, new PlatformServiceError('meta')))
      .then((name: string) => `created ${name}`);
    expect(await retryWithBackoff(() => script('Spring'), policy)).toBe('created Spring');
    script.expectCalls(3);
  });

  it('makes an error of its own for each call, where a function says so', async () => {
    const upstream = fail(2, (call: number) => new Error(`call ${call}`));
    expect(await failureOf(upstream())).toMatchObject({ message: 'call 1' });
    expect(await failureOf(upstream())).toMatchObject({ message: 'call 2' });
  });

  it('counts for each script by itself', async () => {
    const failing = fail(2, (failure: number) => new Error(`failure ${failure}`));
    const [first, second] = [failing.then('a'), failing.then('b')];
    for (const upstream of [first, second]) {
      expect(await failureOf(upstream())).toMatchObject({ message: 'failure 1' });
      expect(await failureOf(upstream())).toMatchObject({ message: 'failure 2' });
    }
    expect([await first(), await second()]).toEqual(['a', 'b']);
  });

  it('ends a call that hangs at once where its signal has aborted already', async () => {
    const upstream = hang();
    let hung: Promise<unknown> | undefined;
    const call = retryWithBackoff(
      async ({ signal }) => {
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
        hung = failureOf(upstream());
      },
      { ...policy, timeout: 5, maxRetries: 0 },
    );
    const error = await failureOf(call);
    await turnEnd();
    expect(await hung).toBe(error);
  });

  it('says when it is called more often than its script foresees', async () => {
    const upstream = fail(1, new RateLimitError('meta'));
    await failureOf(upstream());
    expect(await failureOf(upstream())).toMatchObject({
      message: 'The script of the upstream has ended: call 2 is one too many.',
    });
    expect(() => upstream.expectCalls(1)).toThrow('Expected 1 calls, got 2');
  });

  it('ends a call that hangs by the signal of its attempt', async () => {
    const upstream = hang(1).then('late');
    expect(await retryWithBackoff(upstream, { ...policy, timeout: 5 })).toBe('late');
  });

  it('says that it is to be called where it is awaited', async () => {
    const { message } = (await failureOf(Promise.resolve(succeed(1)))) as Error;
    expect(message).toContain('is to be called before it is awaited: write `upstream()`');
    expect(message).toContain('`useValue: { send: upstream }`');
  });

  it('is a method where it stands on an object', async () => {
    const client = {
      account: 'act_1',
      post: fail(1, new Error('busy')).then(function (this: { account: string }, name: string) {
        return `${name} of ${this.account}`;
      }),
    };
    await failureOf(client.post('Spring'));
    expect(await client.post('Spring')).toBe('Spring of act_1');
  });

  it.each([0, 1.5, -1, Number.NaN, undefined])('cannot fail %s times', (times) => {
    expect(() => fail(times as number, new Error('x'))).toThrow('Expected `times` to be a whole');
    if (times !== undefined)
      expect(() => hang(times)).toThrow('Expected `times` to be a whole number');
  });
});
