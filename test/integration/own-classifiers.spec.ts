import { Controller, Get, Injectable } from '@nestjs/common';
import { expect, it } from 'vitest';
import { constant, Retryable, ServiceError, type Classifier } from '../../lib/index.js';
import { onBothAdapters } from '../support/app.js';
import { rejectWith } from '../support/calls.js';
import { failingRoute } from '../support/failing-route.js';

class LedgerClosed extends Error {}

const ofLedger: Classifier = (error, { platform }) =>
  error instanceof LedgerClosed
    ? new ServiceError('LEDGER_CLOSED', { code: 7001, retryable: true, platform, cause: error })
    : undefined;

const broken: Classifier = () => {
  throw new Error('a mistake in a classifier');
};

onBothAdapters("the application's own classifiers", (testCase) => {
  it('are asked first, and one that throws is passed over', async () => {
    let calls = 0;
    @Injectable()
    class Ledger {
      @Retryable({ platform: 'ledger', maxRetries: 1, backoff: constant(0) })
      book() {
        calls++;
        return rejectWith(new LedgerClosed());
      }
    }
    @Controller()
    class Bookings {
      constructor(private readonly ledger: Ledger) {}

      @Get('book')
      book() {
        return this.ledger.book();
      }
    }
    const app = await testCase()
      .options({ classifiers: [broken, ofLedger] })
      .providers(Ledger)
      .controllers(Bookings)
      .start();
    const { body } = await app.get('/book');
    expect(calls).toBe(2);
    expect(body.error).toMatchObject({
      type: 'LEDGER_CLOSED',
      code: '7001',
      platform: 'ledger',
      context: 'Ledger.book',
    });
  });

  it('understand what a handler throws outside of any retried call too', async () => {
    const app = await testCase()
      .options({ classifiers: [ofLedger] })
      .controllers(failingRoute(() => new LedgerClosed()))
      .start();
    const { body } = await app.get('/fail');
    expect(body.error).toMatchObject({ type: 'LEDGER_CLOSED', code: '7001' });
    expect(app.lines.only('operation_error')).toMatchObject({ type: 'LEDGER_CLOSED' });
  });
});
