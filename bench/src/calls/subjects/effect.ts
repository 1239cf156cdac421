import { Effect } from 'effect';
import { Service, type Maker } from '../subject.js';

export const effect: Maker = (body, { limitMs, retries }) => {
  const service = new Service(body);
  const program = Effect.tryPromise(() => service.call()).pipe(
    Effect.timeout(limitMs),
    Effect.retry({ times: retries }),
  );
  return () => Effect.runPromise(program);
};
