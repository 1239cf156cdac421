// Runs what the README's quick start shows against a Meta that fails, and prints what came of it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Inject, Module, Param, type Type } from '@nestjs/common';
import { ModuleRef, NestFactory } from '@nestjs/core';
import { Logger } from 'nestjs-pino';

interface Adapter {
  insights(account: string): Promise<unknown>;
}
interface QuickStart {
  readonly MetaAdapter: Type<Adapter>;
  readonly MetaModule: Type<unknown>;
}

let failures = 2;
const meta = createServer((request, response) => {
  response.setHeader('Connection', 'close'); // no socket that goes stale during a wait
  if (request.url?.startsWith('/throttled') === true) {
    response.writeHead(429, { 'Retry-After': '120' }).end();
  } else if (failures-- > 0) {
    response.writeHead(503).end();
  } else {
    response.end('{"spend":"12.50"}');
  }
});
await new Promise<void>((resolve) => {
  meta.listen(0, '127.0.0.1', resolve);
});
process.env['META_URL'] = `http://127.0.0.1:${(meta.address() as AddressInfo).port}`;

const { MetaAdapter, MetaModule } = (await import(process.argv[2] ?? '')) as QuickStart;

@Controller()
class InsightsController {
  constructor(@Inject(ModuleRef) private readonly modules: ModuleRef) {}

  @Get('insights/:account')
  insights(@Param('account') account: string): Promise<unknown> {
    return this.modules.get<Adapter>(MetaAdapter, { strict: false }).insights(account);
  }
}

@Module({ imports: [MetaModule], controllers: [InsightsController] })
class AppModule {}

const app = await NestFactory.create(AppModule, { bufferLogs: true });
app.useLogger(app.get(Logger));
await app.listen(0, '127.0.0.1');

async function show(name: string, path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${await app.getUrl()}/insights/${path}`, { headers });
  const body: unknown = await response.json();
  console.log(JSON.stringify({ answer: name, status: response.status, body }));
}

await show('recovers', 'healthy');
await show('throttled', 'throttled');
await show('throttled-en', 'throttled', { 'Accept-Language': 'en' });
await app.close();
meta.close();
