import { RequestMethod, type DynamicModule, type INestApplication } from '@nestjs/common';
import { Logger, LoggerModule } from 'nestjs-pino';
import type { LogLine, LogLines } from './log-lines.js';

// nestjs-pino has one pino logger in a process, which keeps the stream it was first given.
let target: LogLines | undefined;
const stream = {
  write: (line: string) => {
    target?.add(JSON.parse(line) as LogLine);
  },
};

/** nestjs-pino's module, writing to these lines; the levels by their names. */
export function loggerModule(lines: LogLines): DynamicModule {
  target = lines;
  return LoggerModule.forRoot({
    pinoHttp: [{ formatters: { level: (level) => ({ level }) } }, stream],
    // The default route matches no path on Fastify: github.com/iamolegga/nestjs-pino
    forRoutes: [{ path: '/{*splat}', method: RequestMethod.ALL }],
  });
}

/** As nestjs-pino's README says: Nest's own lines go there too. */
export function usePinoLogger(app: INestApplication): void {
  app.useLogger(app.get(Logger));
}
