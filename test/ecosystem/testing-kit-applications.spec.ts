import { Controller, Get, Inject, Injectable } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defer, type Observable } from 'rxjs';
import { RateLimitError, RequestTimeout, Retryable } from 'nestjs-retryable';
import {
  fail,
  hang,
  startVirtualTime,
  type ScriptedUpstream,
  type VirtualTime,
} from 'nestjs-retryable/testing';
import { failureOf, turnEnd } from '../support/calls.js';
import { watch } from '../support/outcomes.js';
import { moment } from '../support/time.js';
import { adapterNames, startHttp, type AdapterName } from './support/http.js';
import { outage } from './support/upstream.js';

let time: VirtualTime;
beforeEach(() => {
  time = startVirtualTime();
});
afterEach(() => time.restore());

/** What a service calls; Nest awaits what it injects, a script is not to be awaited. */
class Client {
  constructor(readonly send: ScriptedUpstream<string>) {}
}

@Injectable()
class Campaigns {
  constructor(@Inject(Client) private readonly client: Client) {}

  @Retryable({ context: 'read', platform: 'meta', key: (account: string) => account })
  async read(account: string): Promise<string> {
    return this.client.send(account);
  }

  @Retryable({ context: 'outer', platform: 'meta' })
  async outer(account: string): Promise<string> {
    return this.read(account);
  }

  @Retryable({ context: 'observe', platform: 'meta' })
  observe(account: string): Observable<string> {
    return defer(() => this.client.send(account));
  }

  @Retryable({ context: 'list', platform: 'meta' })
  async *list(account: string): AsyncGenerator<string> {
    yield await this.client.send(account);
    yield 'and the rest';
  }
}

@Controller()
class Routes {
  constructor(
    private readonly campaigns: Campaigns,
    @Inject(Client) private readonly client: Client,
  ) {}

  @Get('service')
  service(): Promise<string> {
    return this.campaigns.read('act_1');
  }

  @Get('handler')
  @Retryable({ context: 'handler', platform: 'meta' })
  handler(): Promise<string> {
    return this.client.send('act_1');
  }

  @Get('limited')
  @RequestTimeout(5000)
  limited(): Promise<string> {
    return this.campaigns.read('act_1');
  }
}

const providersOf = {
  useValue: (script: ScriptedUpstream<string>) => ({
    provide: Client,
    useValue: new Client(script),
  }),
  useFactory: (script: ScriptedUpstream<string>) => ({
    provide: Client,
    useFactory: () => new Client(script),
  }),
  'async useFactory': (script: ScriptedUpstream<string>) => ({
    provide: Client,
    useFactory: async () => new Client(script),
  }),
};
type Way = keyof typeof providersOf;

async function start(
  script: ScriptedUpstream<string>,
  adapter?: AdapterName,
  way: Way = 'useValue',
) {
  const client = providersOf[way](script);
  const app = await startHttp(
    { controllers: [Routes], providers: [Campaigns, client], options: { retry: {} } },
    adapter,
  );
  return { ...app, campaigns: app.nest.get(Campaigns) };
}

const recovers = () => fail(2, outage()).then('well');
const down = () => fail(Infinity, outage());

describe.each(adapterNames)('virtual time on %s', (adapter) => {
  it.each(['service', 'handler'])('lets a request be retried in no time: %s', async (route) => {
    const { get } = await start(recovers(), adapter);
    expect((await get(`/${route}`)).text).toBe('well');
    time.expectWaits(1000, 2000);
  });

  it('runs into the limit of a request by a call that hangs', async () => {
    const { get } = await start(hang(), adapter);
    const { status, json } = await get('/limited');
    expect([status, json]).toMatchObject([504, { error: { type: 'TIMEOUT' } }]);
    expect([time.now(), time.waits]).toEqual([5000, []]);
  });

  it('begins no wait that does not fit into the request', async () => {
    const { get } = await start(down(), adapter);
    expect((await get('/limited')).status).toBe(502);
    time.expectWaits(1000, 2000);
  });
});

describe('virtual time in an application', () => {
  const ways = Object.keys(providersOf) as Way[];
  it.each(ways)('goes with a scripted upstream that is provided by %s', async (way) => {
    const script = recovers();
    const { campaigns } = await start(script, adapterNames[0], way);
    expect(await campaigns.read('act_1')).toBe('well');
    expect(script.calls.map(({ attempt, args }) => [attempt, ...args])).toEqual([
      [1, 'act_1'],
      [2, 'act_1'],
      [3, 'act_1'],
    ]);
  });

  it('is one wait where layers are nested', async () => {
    const script = down();
    const { campaigns } = await start(script);
    await failureOf(campaigns.outer('act_1'));
    time.expectWaits(1000, 2000, 4000);
    script.expectCalls(4);
  });

  it('is that of Observables and AsyncIterables', async () => {
    const { campaigns } = await start(fail(1, outage()).then(hang(1)).then('well'));
    const items: string[] = [];
    for await (const item of campaigns.list('act_1')) items.push(item);
    expect(items).toEqual(['well', 'and the rest']);
    time.expectWaits(1000, 2000);
    expect(time.now()).toBe(33_000);

    const again = await start(recovers());
    const seen: string[] = [];
    await again.campaigns.observe('act_1').forEach((item) => seen.push(item));
    expect(seen).toEqual(['well']);
  });

  it('lets the calls of a throttled account wait together', async () => {
    const script = fail(1, new RateLimitError('meta', { retryAfter: 20 })).then('well');
    const { campaigns } = await start(script);
    const first = campaigns.read('act_1');
    await turnEnd();
    const calls = [first, campaigns.read('act_1'), campaigns.read('act_2')];
    expect(await Promise.all(calls)).toEqual(['well', 'well', 'well']);
    expect(time.now()).toBe(20_000);
    script.expectCalls(4);
  });

  it('ends with the application in the middle of a wait', async () => {
    const { campaigns, nest } = await start(fail(1, outage()).then('well'));
    // Time stands still as long as this one is under way.
    const gate = moment<string>();
    const script = new Campaigns(new Client(fail(1, outage()).then(() => gate.reached)));
    const busy = script.read('act_2');
    await expect.poll(() => time.waits).toEqual([1000]);
    const waiting = watch(campaigns.read('act_1'));
    await turnEnd();
    expect(waiting.done).toBe(false);
    const closed = nest.close();
    await expect.poll(() => waiting.error).toMatchObject({ type: 'SERVICE_UNAVAILABLE' });
    gate.reach('late');
    expect(await busy).toBe('late');
    await closed;
    time.expectWaits(1000);
  });
});
