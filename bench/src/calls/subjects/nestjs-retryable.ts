import { defer, lastValueFrom } from 'rxjs';
import { constant, currentAttempt, Retryable, retryWithBackoff$ } from '../../nestjs-retryable.js';
import { Service, type Body, type Maker } from '../subject.js';

/** The decorated method. */
export const decorated: Maker = (body, { limitMs, retries }) => {
  class DecoratedService {
    constructor(private readonly body: Body) {}

    @Retryable({ timeout: limitMs, maxRetries: retries, backoff: constant(0) })
    async call(): Promise<number> {
      return this.body();
    }
  }
  const service = new DecoratedService(body);
  return () => service.call();
};

/** The decorated method, which asks for its attempt's signal. */
export const decoratedWithSignal: Maker = (body, settings) =>
  decorated(() => {
    if (currentAttempt()?.signal === undefined) throw new Error('There is no signal.');
    return body();
  }, settings);

/** The operator, in place of rxjs' own `timeout` and `retry`. */
export const operator: Maker = (body, { limitMs, retries }) => {
  const service = new Service(body);
  const result$ = defer(() => service.call()).pipe(
    retryWithBackoff$({ timeout: limitMs, maxRetries: retries, backoff: constant(0) }),
  );
  return () => lastValueFrom(result$);
};
