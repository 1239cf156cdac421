import { defer, lastValueFrom, retry, timeout } from 'rxjs';
import { Service, type Maker } from '../subject.js';

export const rxjs: Maker = (body, { limitMs, retries }) => {
  const service = new Service(body);
  const result$ = defer(() => service.call()).pipe(timeout(limitMs), retry(retries));
  return () => lastValueFrom(result$);
};
