import { Readable } from 'node:stream';
import { Controller, Get, StreamableFile } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Retryable } from 'nestjs-retryable';
import { adapterNames, startHttp } from './support/http.js';
import { unhandled } from '../support/outcomes.js';
import { exhausted, expectNoLeak } from './support/standard-json.js';
import { outage, Upstream } from './support/upstream.js';

const operation = { context: 'operation', platform: 'meta' };

/** A stream that gives these chunks and then fails. */
function failing(...chunks: string[]): Readable {
  return Readable.from(
    (async function* () {
      yield* chunks;
      throw outage();
    })(),
  );
}

@Controller()
class Files {
  constructor(private readonly upstream: Upstream) {}

  @Get('file')
  @Retryable(operation)
  async file(): Promise<StreamableFile> {
    const report = await this.upstream.call();
    return new StreamableFile(Buffer.from(report), { type: 'text/csv' });
  }

  @Get('unreadable')
  @Retryable(operation)
  unreadable(): Promise<StreamableFile> {
    return Promise.resolve(this.undecorated());
  }

  @Get('undecorated')
  undecorated(): StreamableFile {
    return new StreamableFile(failing(), { type: 'text/csv', disposition: 'attachment' });
  }

  @Get('handled')
  handled(): StreamableFile {
    return new StreamableFile(failing()).setErrorHandler((_, response) => {
      response.statusCode = 418;
      response.send('own');
    });
  }

  @Get('bug')
  bug(): StreamableFile {
    const stream = new Readable({ read: () => void stream.destroy(new TypeError('bug')) });
    return new StreamableFile(stream);
  }

  @Get('truncated')
  @Retryable(operation)
  truncated(): Promise<StreamableFile> {
    return Promise.resolve(new StreamableFile(failing('first,')));
  }
}

describe.each(adapterNames)('a streamed file on %s', (adapter) => {
  it('is retried until there is a file', async () => {
    const { get, upstream } = await startHttp({ controllers: [Files], failures: 2 }, adapter);
    const { status, headers, text } = await get('/file');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/csv');
    expect(text).toBe('answer 3');
    expect(upstream.calls).toBe(3);
  });

  it('answers JSON where there is none', async () => {
    const { get } = await startHttp({ controllers: [Files] }, adapter);
    const { status, headers, json, text } = await get('/file');
    expect(status).toBe(502);
    expect(headers.get('content-type')).toContain('application/json');
    expect(json).toEqual(exhausted());
    expectNoLeak(text);
  });

  it.each(['unreadable', 'undecorated'])(
    'answers JSON when it fails before its first byte: %s',
    async (way) => {
      const { get, lines } = await startHttp({ controllers: [Files] }, adapter);
      const { status, headers, json, text } = await get(`/${way}`);
      expect(status).toBe(502);
      expect(headers.get('content-type')).toContain('application/json');
      expect(headers.get('content-disposition')).toBeNull();
      expect(json).toMatchObject({ status: 'error', error: { type: 'PLATFORM_SERVICE_ERROR' } });
      expectNoLeak(text);
      expect(lines.of('operation_error')).toHaveLength(1);
      expectNoLeak(lines.at('error'));
    },
  );

  it("is answered by the application's own handler where it has one", async () => {
    const { get } = await startHttp({ controllers: [Files] }, adapter);
    const { status, text } = await get('/handled');
    expect([status, text]).toEqual(adapter === 'Express 5' ? [418, 'own'] : [502, text]);
  });

  it('is left to Nest where the filter is for service errors, and it is none', async () => {
    const options = { filter: 'service-errors' as const };
    const { get, lines } = await startHttp({ controllers: [Files], options }, adapter);
    const { status } = await get('/bug');
    expect(status).toBe(adapter === 'Express 5' ? 400 : 500);
    expect(lines.of('operation_error')).toEqual([]);
  });

  it('never looks complete when it fails in the middle', async () => {
    const rejections = unhandled();
    const { get, lines } = await startHttp({ controllers: [Files] }, adapter);
    expect(await get('/truncated').catch(() => 'reset')).toBe('reset');
    expect(rejections).toEqual([]);
    expectNoLeak(lines.at('error'));
  });
});
