import pRetry from 'p-retry';
import { Service, type Maker } from '../subject.js';

/** p-retry has no limit of its own: this is the race against a timer that people write. */
function withLimit<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('Time limit')), limitMs);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

export const pRetryWithRace: Maker = (body, { limitMs, retries }) => {
  const service = new Service(body);
  const options = { retries, minTimeout: 0 };
  return () => pRetry(() => withLimit(service.call(), limitMs), options);
};
