import { NestFactory } from '@nestjs/core';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { onTestFinished } from 'vitest';
import { appOf, type Parts } from './app.js';

export const adapters = {
  'Express 5': () => new ExpressAdapter(),
  'Fastify 5': () => new FastifyAdapter(),
};
export type AdapterName = keyof typeof adapters;
export const adapterNames = Object.keys(adapters) as AdapterName[];

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body where it is JSON. */
  readonly json: unknown;
}

/** An HTTP application on a free port, closed when the test has ended. */
export async function startHttp(
  parts: Parts,
  adapter: AdapterName = 'Express 5',
  prepare: (app: INestApplication) => unknown = () => undefined,
) {
  const { AppModule, logger, ...rest } = appOf(parts);
  const nest = await NestFactory.create(AppModule, adapters[adapter](), {
    logger,
    abortOnError: false,
  });
  onTestFinished(() => nest.close());
  await prepare(nest);
  await nest.listen(0, '127.0.0.1');
  const url = await nest.getUrl();
  const get = async (path: string, init?: RequestInit): Promise<Reply> => {
    const { status, headers, ...response } = await read(await fetch(url + path, init));
    return { status, headers, ...response };
  };
  return { ...rest, nest, url, get };
}

async function read(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const json: unknown = isJson && text !== '' ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json };
}
