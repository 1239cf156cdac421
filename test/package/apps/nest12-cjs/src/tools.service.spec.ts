import { Test } from '@nestjs/testing';
import { LoggerModule } from 'nestjs-pino';
import { constant, RetryableModule, retryReport } from 'nestjs-retryable';
import { ToolsService } from './tools.service';

describe('ToolsService', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('logs each event of a failed call through nestjs-pino', async () => {
    const lines: string[] = [];
    const stream = { write: (line: string) => void lines.push(line) };
    const retry = { maxRetries: 2, backoff: constant(0) };
    const module = await Test.createTestingModule({
      imports: [LoggerModule.forRoot({ pinoHttp: { stream } }), RetryableModule.forRoot({ retry })],
      providers: [ToolsService],
    }).compile();
    await module.init();
    jest.spyOn(globalThis, 'fetch').mockImplementation(() => {
      throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    });
    const failed = module.get(ToolsService).call('search');
    const error: unknown = await failed.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'McpConnectionError', type: 'MCP_CONNECTION_ERROR' });
    expect(retryReport(error)?.attempts).toBe(3);
    const events = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(events.filter((event) => event.startsWith('retry_') || event.startsWith('op'))).toEqual([
      'retry_configured',
      'retry_attempt_failed',
      'retry_scheduled',
      'retry_attempt_failed',
      'retry_scheduled',
      'retry_attempt_failed',
      'retry_exhausted',
      'operation_error',
    ]);
    await module.close();
  });
});
