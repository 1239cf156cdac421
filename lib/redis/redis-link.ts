import type { Redis } from 'ioredis';
import { nestLogger } from '../nest-logger.js';

/** So long a call may wait for Redis; then it goes on with what this process knows. */
const PATIENCE_MS = 50;

/**
 * Redis as it may be missed: nobody waits for it longer than 50 ms, nothing fails with it, and each of
 * its outages is two lines in the log.
 */
export class RedisLink {
  private readonly logger = nestLogger();
  private isDown = false;

  constructor(private readonly redis: Redis) {
    // Without a listener ioredis prints each of them.
    redis.on('error', () => this.lost());
  }

  /**
   * What a command answers, or undefined where it does not in time.
   *
   * @param onLate told whether a command that was not waited for has succeeded in the end
   */
  async ask<T>(
    command: (redis: Redis) => Promise<T>,
    onLate: (succeeded: boolean) => void = () => undefined,
  ): Promise<T | undefined> {
    if (this.redis.status !== 'ready') return undefined;
    const answer = command(this.redis).then(
      (value) => ({ value }),
      () => undefined,
    );
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS, undefined);
    });
    const first = await Promise.race([answer, patience]);
    clearTimeout(timer);
    if (first !== undefined) {
      this.found();
      return first.value;
    }
    this.lost();
    void answer.then((late) => onLate(late !== undefined));
    return undefined;
  }

  private lost(): void {
    if (this.isDown) return;
    this.isDown = true;
    this.logger.warn({ hint: 'Each process goes by what it knows itself.' }, 'retry_redis_lost');
  }

  private found(): void {
    if (!this.isDown) return;
    this.isDown = false;
    this.logger.info({}, 'retry_redis_found');
  }
}
