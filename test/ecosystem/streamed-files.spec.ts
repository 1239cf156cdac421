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
    'fails before its first byte as its adapter does it: %s',
    async (way) => {
      const { get } = await startHttp({ controllers: [Files] }, adapter);
      const { status, headers, text } = await get(`/${way}`);
      expectNoLeak(text);
      // Nest answers on Express itself, whatever it was; on Fastify the filter does.
      const type = headers.get('content-type');
      if (adapter === 'Express 5') {
        expect([status, text, type]).toEqual([400, 'Bad Request', 'text/plain; charset=utf-8']);
        expect(headers.get('content-disposition')).toBe('attachment');
      } else {
        const json = { error: { type: 'PLATFORM_SERVICE_ERROR', context: `GET /${way}` } };
        expect([status, type]).toEqual([502, 'application/json; charset=utf-8']);
        expect(JSON.parse(text)).toMatchObject(json);
        expect(headers.get('content-disposition')).toBeNull();
      }
    },
  );

  it('never looks complete when it fails in the middle', async () => {
    const rejections = unhandled();
    const { get } = await startHttp({ controllers: [Files] }, adapter);
    expect(await get('/truncated').catch(() => 'reset')).toBe('reset');
    expect(rejections).toEqual([]);
  });
});
