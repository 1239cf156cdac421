// A small application that is deployed many times: each of its processes parks calls, makes those that
// were parked, or both, and tells what it is asked.
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BullModule } from '@nestjs/bullmq';
import { currentAttempt, found, notFound, Retryable, RetryableModule } from 'nestjs-retryable';
import { ParkedCalls, ParkedCallsModule, type ParkedCallsOptions } from 'nestjs-retryable/bullmq';

const { PREFIX = '', PLATFORM = '', WORKER = 'false' } = process.env;
const parking = { worker: JSON.parse(WORKER) } as ParkedCallsOptions;

function request(method: string, account: string, name: string): Promise<Response> {
  const { idempotencyKey = '', signal = null } = currentAttempt() ?? {};
  const headers = { 'idempotency-key': idempotencyKey, process: String(process.pid) };
  return fetch(`${PLATFORM}/${account}/${name}`, { method, headers, signal });
}

async function answerOf(method: string, account: string, name: string): Promise<unknown> {
  const answer = await request(method, account, name);
  if (!answer.ok) throw answer;
  return answer.json();
}

const key = (account: string) => account;

@Injectable()
class Campaigns {
  @Retryable({ platform: 'meta', key, reconcile: 'find', park: { name: 'campaigns.create' } })
  create(account: string, name: string): Promise<unknown> {
    return answerOf('POST', account, name);
  }

  async find(_error: unknown, _attempt: unknown, account: string, name: string): Promise<unknown> {
    const answer = await request('GET', account, name);
    if (answer.status === 404) return notFound();
    if (!answer.ok) throw answer;
    return found(await answer.json());
  }

  @Retryable({ platform: 'meta', key, idempotent: false, park: { name: 'campaigns.create-once' } })
  createOnce(account: string, name: string): Promise<unknown> {
    return answerOf('POST', account, name);
  }

  @Retryable({ platform: 'meta', key, idempotent: true, park: { name: 'campaigns.create-by-key' } })
  createByKey(account: string, name: string): Promise<unknown> {
    return answerOf('POST', account, name);
  }

  // Without `key`: each call hears from the platform itself that it has to wait.
  @Retryable({ platform: 'meta', idempotent: true, park: { name: 'campaigns.read' } })
  read(account: string, name: string): Promise<unknown> {
    return answerOf('GET', account, name);
  }
}

@Module({
  imports: [
    RetryableModule.forRoot({ retry: { maxRetryAfter: 500 } }),
    BullModule.forRoot({ connection: { host: '127.0.0.1', port: 6379 }, prefix: PREFIX }),
    ParkedCallsModule.forRoot(parking),
  ],
  providers: [Campaigns],
})
class AppModule {}

/** What it can be asked. */
type Question =
  | { call: 'create' | 'createOnce' | 'createByKey' | 'read'; account: string; name: string }
  | { find: string }
  | { heap: true };

interface Failure {
  readonly type?: string;
  readonly message: string;
  readonly details?: { readonly job_id?: string };
}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
const campaigns = app.get(Campaigns);
const parkedCalls = app.get(ParkedCalls);

async function answerTo(question: Question): Promise<object> {
  if ('find' in question) return { call: await parkedCalls.find(question.find) };
  if ('heap' in question) {
    globalThis.gc?.();
    return { bytes: process.memoryUsage().heapUsed };
  }
  try {
    return { value: await campaigns[question.call](question.account, question.name) };
  } catch (thrown) {
    const { type, message, details } = thrown as Failure;
    return { type, message, jobId: details?.job_id };
  }
}

process.on('message', (asked: Question & { id: number }) => {
  void answerTo(asked).then((answer) => process.send?.({ id: asked.id, ...answer }));
});
process.on('disconnect', () => void app.close());
process.send?.('ready');
