import CircuitBreaker from 'opossum';
import { Service, type Maker } from '../subject.js';

/** A circuit breaker with a limit. It does not retry, and so has less to do than the others. */
export const opossum: Maker = (body, { limitMs }) => {
  const service = new Service(body);
  const breaker = new CircuitBreaker(() => service.call(), {
    timeout: limitMs,
    volumeThreshold: Number.MAX_SAFE_INTEGER, // never opens: an open one would do nothing at all
  });
  return () => breaker.fire();
};
