import type { DestinationStream, LevelWithSilent } from 'pino';

/** Decorators, too, ask whether there is a Redis: before there are any settings. */
export const REDIS_URL = process.env['REDIS_URL'] || undefined;

/** What differs between one start of the application and the next. */
export class Settings {
  /** Where the platforms are: each under its own path. */
  readonly platformsUrl: string;
  readonly logLevel: LevelWithSilent;
  readonly logTo: DestinationStream;
  /** What processes have in common and what waits for long is there; without it all is in memory. */
  readonly redisUrl: string | undefined;
  /** A real application keeps one per account, in a vault. */
  readonly accessToken = 'sample-token';

  constructor({
    platformsUrl,
    logLevel = process.env['LOG_LEVEL'] ?? 'info',
    logTo = process.stdout,
    redisUrl,
  }: {
    platformsUrl: string;
    logLevel?: string;
    logTo?: DestinationStream;
    redisUrl?: string | undefined;
  }) {
    this.platformsUrl = platformsUrl;
    this.logLevel = logLevel as LevelWithSilent;
    this.logTo = logTo;
    this.redisUrl = redisUrl;
  }
}

/** A port from the environment; 0 lets the system choose. */
export function portOf(name: string, fallback: number): number {
  const port = Number(process.env[name] ?? fallback);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`Expected ${name} to be a port, got ${process.env[name]}.`);
}
