import type { LoggerService } from '@nestjs/common';
import { nestMajor } from './versions.js';

/** One line that an application has logged; the event is `msg`, whoever wrote it. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

interface Waiter {
  readonly event: string;
  readonly count: number;
  readonly resolve: () => void;
}

/** What an application has logged, and a way to wait until it has logged something. */
export class LogLines {
  readonly all: LogLine[] = [];
  private waiters: Waiter[] = [];
  private readonly listeners: ((line: LogLine) => void)[] = [];

  /** From now on tells of every line as it comes. */
  onLine(listener: (line: LogLine) => void): void {
    this.listeners.push(listener);
  }

  add(line: LogLine): void {
    this.all.push(line);
    for (const listener of this.listeners) listener(line);
    const due = this.waiters.filter(({ event, count }) => this.of(event).length >= count);
    this.waiters = this.waiters.filter((waiter) => !due.includes(waiter));
    for (const waiter of due) waiter.resolve();
  }

  /** The lines of one event, in order. */
  of(event: string): LogLine[] {
    return this.all.filter(({ msg }) => msg === event);
  }

  /** The lines at this level, whoever wrote them. */
  at(level: string): LogLine[] {
    return this.all.filter((line) => line.level === level);
  }

  /** The one line of an event that must be there once. */
  only(event: string): LogLine {
    const [line, ...more] = this.of(event);
    if (line === undefined || more.length > 0) {
      throw new Error(`Expected one ${event}, got ${JSON.stringify(this.of(event))}`);
    }
    return line;
  }

  /** Resolves as soon as the event has been logged that often. */
  async until(event: string, count = 1): Promise<void> {
    if (this.of(event).length >= count) return;
    await new Promise<void>((resolve) => {
      this.waiters.push({ event, count, resolve });
    });
  }

  /** Everything that was logged, as one text to look for what must not be in it. */
  get text(): string {
    return JSON.stringify(this.all);
  }
}

/** A logger for Nest that keeps its lines. */
export function keepingLogger(lines: LogLines): LoggerService {
  const keep =
    (level: string) =>
    (message: unknown, ...rest: unknown[]) => {
      const { event, fields } = partsOf(String(message), rest);
      lines.add({ ...fields, level, msg: event });
    };
  return { log: keep('info'), warn: keep('warn'), error: keep('error'), fatal: keep('error') };
}

/** Nest 11 would write objects after a text as lines of their own, so there they are JSON in it. */
const OWN_LINE_ON_NEST_11 = /^(retry_\w+|operation_error) (\{.*\})$/;

/** The event and the fields of what Nest's logger was called with. */
export function partsOf(text: string, rest: readonly unknown[]): { event: string; fields: object } {
  const [, event, json] = (nestMajor < 12 && OWN_LINE_ON_NEST_11.exec(text)) || [];
  if (event !== undefined && json !== undefined) {
    return { event, fields: JSON.parse(json) as object };
  }
  const objects = rest.filter((item) => typeof item === 'object' && item !== null);
  return { event: text, fields: Object.assign({}, ...objects) as object };
}
