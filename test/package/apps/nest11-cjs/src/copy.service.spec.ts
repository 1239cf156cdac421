import { Test, TestingModule } from '@nestjs/testing';
import {
  AiModelTimeoutError,
  isServiceError,
  RetryableModule,
  retryReport,
} from 'nestjs-retryable';
import { CopyService } from './copy.service';

describe('CopyService', () => {
  let module: TestingModule;
  let service: CopyService;
  let upstream: jest.SpiedFunction<typeof fetch>;

  beforeEach(async () => {
    module = await Test.createTestingModule({
      imports: [RetryableModule.forRoot()],
      providers: [CopyService],
    }).compile();
    module.useLogger(false);
    await module.init();
    service = module.get(CopyService);
    upstream = jest.spyOn(globalThis, 'fetch');
    jest.useFakeTimers();
  });

  afterEach(async () => {
    jest.useRealTimers();
    jest.restoreAllMocks();
    await module.close();
  });

  const failure = () => service.write('shoes').catch((error: unknown) => error);

  it('asks again after 1 s, 2 s and 4 s', async () => {
    upstream.mockImplementation(async () => new Response('', { status: 503 }));
    const failed = failure();
    const calls: number[] = [];
    for (const ms of [999, 1, 1999, 1, 3999, 1]) {
      await jest.advanceTimersByTimeAsync(ms);
      calls.push(upstream.mock.calls.length);
    }
    expect(calls).toEqual([1, 2, 2, 3, 3, 4]);
    const error = await failed;
    expect(isServiceError(error) && error.type).toBe('AI_MODEL_FAILED');
    expect(retryReport(error)?.delays).toEqual([1000, 2000, 4000]);
  });

  it('gives each attempt 30 s and then aborts its request', async () => {
    const signals: AbortSignal[] = [];
    upstream.mockImplementation((_url, init) => {
      if (init?.signal) signals.push(init.signal);
      return new Promise(() => undefined);
    });
    const failed = failure();
    await jest.advanceTimersByTimeAsync(29_999);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await jest.advanceTimersByTimeAsync(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await jest.advanceTimersByTimeAsync(97_000); // 127 s: 4 attempts of 30 s and 7 s of waits
    expect(await failed).toBeInstanceOf(AiModelTimeoutError);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true, true]);
  });

  it('returns what the second answer says', async () => {
    upstream.mockResolvedValueOnce(new Response('', { status: 500 }));
    upstream.mockResolvedValueOnce(Response.json({ headline: 'Run further' }));
    const copy = service.write('shoes');
    await jest.advanceTimersByTimeAsync(1000);
    expect(await copy).toEqual({ headline: 'Run further' });
  });
});
