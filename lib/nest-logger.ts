import { ConsoleLogger, Logger } from '@nestjs/common';

export type Level = 'info' | 'warn' | 'error';

/** The part of nestjs-pino's `PinoLogger` that is used here: fields first, then the event. */
export type StructuredLogger = Readonly<Record<Level, (fields: object, event: string) => void>>;

/** Nest's logger: the event as the text, so that every logger of an application shows the fields. */
export function nestLogger(): StructuredLogger {
  const logger = new Logger('Retryable');
  const texts = (fields: object, event: string): [string, ...object[]] =>
    takesFields() ? [event, fields] : [`${event} ${JSON.stringify(fields)}`];
  return {
    info: (fields, event) => logger.log(...texts(fields, event)),
    warn: (fields, event) => logger.warn(...texts(fields, event)),
    error: (fields, event) => logger.error(...texts(fields, event)),
  };
}

let fieldsAreTaken: boolean | undefined;

/** Whether fields belong to the text before them: Nest 11 writes them as a line of their own. */
function takesFields(): boolean {
  return (fieldsAreTaken ??= new LineCounter({ logLevels: ['log'] }).count() === 1);
}

class LineCounter extends ConsoleLogger {
  private lines = 0;

  count(): number {
    this.log('event', { field: 1 });
    return this.lines;
  }

  protected override printMessages(messages: unknown[]): void {
    this.lines += messages.length;
  }
}
