import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import { serveApiDocs } from './api-docs.js';
import { AppModule } from './app.module.js';
import { servePage } from './page.js';
import type { Settings } from './settings.js';

const HOST = '127.0.0.1';

/** Starts the application and says where it listens. */
export async function startApp(
  settings: Settings,
  port: number,
): Promise<{ app: INestApplication; url: string }> {
  const app = await NestFactory.create<NestExpressApplication>(await AppModule.register(settings), {
    bufferLogs: true,
    forceCloseConnections: true,
  });
  app.useLogger(app.get(Logger));
  serveApiDocs(app);
  servePage(app);
  await app.listen(port, HOST);
  return { app, url: await app.getUrl() };
}

/** From now on SIGTERM and SIGINT close the application; the process then ends with exit code 0. */
export function closeOnSignals(app: INestApplication): void {
  app.enableShutdownHooks([], { useProcessExit: true });
}
