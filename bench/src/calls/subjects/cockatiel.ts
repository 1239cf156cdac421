import { ConstantBackoff, handleAll, retry, timeout, TimeoutStrategy, wrap } from 'cockatiel';
import { Service, type Maker } from '../subject.js';

export const cockatiel: Maker = (body, { limitMs, retries }) => {
  const service = new Service(body);
  const policy = wrap(
    retry(handleAll, { maxAttempts: retries, backoff: new ConstantBackoff(0) }),
    timeout(limitMs, TimeoutStrategy.Aggressive),
  );
  return () => policy.execute(() => service.call());
};
