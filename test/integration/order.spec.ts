import {
  Controller,
  Get,
  Injectable,
  UseInterceptors,
  type CallHandler,
  type NestInterceptor,
} from '@nestjs/common';
import { expect, it } from 'vitest';
import {
  constant,
  currentAttempt,
  notFound,
  PlatformServiceError,
  RequestTimeout,
  Retryable,
  TokenExpiredError,
  type Classifier,
  type CooldownStore,
  type Through,
} from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { codeBlocks } from '../support/readme.js';

let trace: string[] = [];

/** What happens, in the order in which it happens. */
const happens = (step: string): void => {
  trace.push(step);
};

class Recorder implements NestInterceptor {
  intercept(_: unknown, next: CallHandler) {
    if (currentAttempt()?.remaining() !== undefined) happens('request limit');
    return next.handle();
  }
}

const store: CooldownStore = {
  get: () => {
    happens('cooldown');
    return undefined;
  },
  extend: () => undefined,
  delete: () => undefined,
  list: () => [],
};

const through: Through = {
  async execute(func, signal) {
    happens('attempt (through');
    return func({ signal: signal ?? new AbortController().signal });
  },
};

const classify: Classifier = (error) => {
  happens('classify');
  return (error as { token?: boolean }).token === true
    ? new TokenExpiredError('tiktok')
    : new PlatformServiceError('tiktok');
};

const answers = [{ token: true }, { code: 1 }, { code: 2 }];

@Injectable()
class Adapter {
  @Retryable({
    platform: 'tiktok',
    totalTimeout: 10_000,
    timeout: 5000,
    backoff: constant(0),
    through,
    signal: () => {
      happens('total limit');
      return undefined;
    },
    key: () => 'account',
    repair: { TOKEN_EXPIRED: () => happens('repair') },
    reconcile: () => (happens('reconcile'), notFound()),
    retryOn: () => (happens('decide'), true),
    recover: () => (happens('recover'), 'plan B'),
  })
  async create(): Promise<unknown> {
    if ((currentAttempt()?.remaining() ?? Infinity) <= 5000) happens('limit');
    happens('call)');
    const answer = answers.shift();
    if (answer?.token === true) throw answer;
    return {
      get code() {
        happens('result check');
        return answer?.code;
      },
      message: 'no',
      request_id: '1',
      data: {},
    };
  }
}

@RequestTimeout(20_000)
@Controller()
class Campaigns {
  constructor(private readonly adapter: Adapter) {}

  @Get('create')
  @UseInterceptors(Recorder)
  create() {
    return this.adapter.create();
  }
}

onBothAdapters('the order in which all of it happens', (testCase) => {
  it('is the one in the README', async () => {
    trace = [];
    answers.splice(0, 3, { token: true }, { code: 1 }, { code: 2 });
    const app = await testCase()
      .options({ classifiers: [classify], retryBudget: { maxTokens: 1 }, cooldown: { store } })
      .controllers(Campaigns)
      .providers(Adapter)
      .start();
    app.lines.onLine(({ msg }) => {
      if (msg === 'retry_scheduled') happens('budget > wait');
      if (msg === 'retry_suppressed') happens('budget');
    });
    expect((await app.get('/create')).text).toBe('plan B');
    const before = ['request limit', 'total limit'];
    const attempt = ['cooldown', 'attempt (through', 'limit', 'call)'];
    const repaired = ['classify', 'repair'];
    const judged = ['result check', 'classify', 'reconcile', 'decide'];
    expect(distinct(trace)).toEqual([
      ...before,
      ...attempt,
      ...repaired,
      ...attempt,
      ...judged,
      'budget > wait',
      ...attempt,
      ...judged,
      'budget',
      'recover',
    ]);
    const stated = codeBlocks()
      .find(({ text }) => text.startsWith('request limit'))
      ?.text.trim();
    expect(stated).toBe(
      'request limit > total limit > cooldown > attempt (through > limit > call) > result check > classify > repair > reconcile > decide > budget > wait > recover',
    );
  });
});

/** Without what is only said again at once: a result is looked at in several places. */
function distinct(steps: readonly string[]): string[] {
  return steps.filter((step, index) => step !== steps[index - 1]);
}
