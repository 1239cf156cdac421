import { Controller, Get, Inject } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { createErrorResponse, retryReport, retryWithBackoff } from 'nestjs-retryable';
import { describe, expect, it } from 'vitest';
import { startHttp } from './support/http.js';
import { Client, run, startMicroservice } from './support/microservice.js';
import { failureOf } from '../support/calls.js';
import { expectNoLeak } from './support/standard-json.js';
import { Adapter, outage } from './support/upstream.js';

@Controller()
class Backend {
  constructor(private readonly adapter: Adapter) {}

  @MessagePattern(`${run}.backend`)
  call(): Promise<string> {
    return this.adapter.call();
  }
}

/** Asks the service behind it and lets its error through. */
@Controller()
class Frontend {
  constructor(@Inject(Client) private readonly backend: Client) {}

  @Get('frontend')
  @MessagePattern(`${run}.frontend`)
  call(): Promise<unknown> {
    return this.backend.send('backend');
  }
}

const catalogMessage = (locale: string) =>
  createErrorResponse({ error: outage(), locale }).error.message;

async function startFrontend() {
  const { client } = await startMicroservice({ controllers: [Backend] }, 'TCP');
  return { controllers: [Frontend], providers: [{ provide: Client, useValue: client }] };
}

// The backend has made the retries, and its JSON says what happened.
describe('an error that another service has answered with the standard JSON', () => {
  const known = {
    status: 'error',
    error: { type: 'PLATFORM_SERVICE_ERROR', code: '4002', platform: 'meta' },
    retry_allowed: false,
  };

  it('stays the same error in an HTTP application, in the language of the client', async () => {
    const { get, lines } = await startHttp(await startFrontend());
    const { status, json, text } = await get('/frontend', { headers: { 'accept-language': 'en' } });
    expectNoLeak(text);
    expect(json).toMatchObject(known);
    expect(text).toContain(catalogMessage('en'));
    expect(status).toBe(502);
    expect(lines.of('operation_error')[0]).toMatchObject({ type: 'PLATFORM_SERVICE_ERROR' });
  });

  it('stays the same error in a microservice', async () => {
    const { client } = await startMicroservice(await startFrontend(), 'TCP');
    expect(await failureOf(client.send('frontend'))).toMatchObject(known);
  });

  it('is not retried once more', async () => {
    let calls = 0;
    const { client } = await startMicroservice({ controllers: [Backend] }, 'TCP');
    const call = retryWithBackoff(() => {
      calls++;
      return client.send('backend');
    });
    expect(retryReport(await failureOf(call))?.gaveUp).toBe('not-retryable');
    expect(calls).toBe(1);
  });
});
