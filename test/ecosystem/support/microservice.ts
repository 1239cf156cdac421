import { randomUUID } from 'node:crypto';
import type { AddressInfo, Server } from 'node:net';
import { NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  Transport,
  type ClientOptions,
  type ClientProxy,
  type MicroserviceOptions,
  type RmqOptions,
} from '@nestjs/microservices';
import amqp from 'amqplib';
import { lastValueFrom, tap } from 'rxjs';
import { onTestFinished } from 'vitest';
import { appOf, type Parts } from './app.js';

/** Stands in the names of everything that this run leaves with a broker; no name that may be a secret. */
export const run = `run-${process.pid}`;

const host = '127.0.0.1';
const rabbit = 'amqp://guest:guest@127.0.0.1:5672';

/** A queue of this run on RabbitMQ, deleted when the test has ended. */
function rabbitQueue(): RmqOptions {
  const queue = `eco-${randomUUID()}`;
  onTestFinished(async () => {
    const connection = await amqp.connect(rabbit);
    const channel = await connection.createChannel();
    await channel.deleteQueue(queue);
    await connection.close();
  });
  const options = { urls: [rabbit], queue, queueOptions: { durable: false } };
  return { transport: Transport.RMQ, options };
}

const transports = {
  TCP: (): MicroserviceOptions => ({ transport: Transport.TCP, options: { host, port: 0 } }),
  Redis: (): MicroserviceOptions => ({ transport: Transport.REDIS, options: { host } }),
  RabbitMQ: (): MicroserviceOptions => rabbitQueue(),
};
export type TransportName = keyof typeof transports;
export const transportNames = Object.keys(transports) as TransportName[];

/** Where a client finds the server that was started with these options. */
export function clientOptions(options: MicroserviceOptions, server: unknown): ClientOptions {
  if (!('transport' in options) || options.transport !== Transport.TCP) {
    return options as ClientOptions;
  }
  const { port } = (server as Server).address() as AddressInfo;
  return { transport: Transport.TCP, options: { host, port } };
}

export class Client {
  constructor(private readonly proxy: ClientProxy) {}

  /** The last value of the answer: only then a client may leave without a loose end. */
  send(pattern: string, data: unknown = {}): Promise<unknown> {
    return lastValueFrom(this.proxy.send<unknown>(`${run}.${pattern}`, data));
  }

  /** Every value of the answer, and how it ended. */
  async all(pattern: string): Promise<{ values: unknown[]; error?: unknown }> {
    const values: unknown[] = [];
    const answer$ = this.proxy.send<unknown>(`${run}.${pattern}`, {});
    try {
      await lastValueFrom(answer$.pipe(tap((value) => values.push(value))));
      return { values };
    } catch (error) {
      return { values, error };
    }
  }

  async emit(pattern: string): Promise<void> {
    await lastValueFrom(this.proxy.emit(`${run}.${pattern}`, {}), { defaultValue: undefined });
  }
}

export function connectClient(options: ClientOptions): Client {
  const proxy = ClientProxyFactory.create(options);
  onTestFinished(async () => {
    await proxy.close();
  });
  return new Client(proxy);
}

/** A microservice and a client of it; both are closed when the test has ended. */
export async function startMicroservice(parts: Parts, transport: TransportName) {
  const { AppModule, logger, ...rest } = appOf(parts);
  const options = transports[transport]();
  const nest = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, {
    ...options,
    logger,
    abortOnError: false,
  });
  onTestFinished(() => nest.close());
  await nest.listen();
  return { ...rest, nest, client: connectClient(clientOptions(options, nest.unwrap())) };
}
