import { bulkhead, circuitBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel';
import { constant, retryWithBackoff } from '../../lib/index.js';
import { failureOf, rejectWith } from './calls.js';
import { watch } from './outcomes.js';

/** A circuit that lets nothing through. */
export async function openCircuit() {
  const breaker = new ConsecutiveBreaker(1);
  const circuit = circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker });
  await failureOf(circuit.execute(() => rejectWith(new Error('x'))));
  return circuit;
}

/** A bulkhead with one place, and a call that is in it until it is released. */
export function occupiedBulkhead(queue: number) {
  const policy = bulkhead(1, queue);
  let release: (value: string) => void = () => undefined;
  const func = () =>
    new Promise<string>((resolve) => {
      release = resolve;
    });
  const first = watch(retryWithBackoff(func, { backoff: constant(0), through: policy }));
  return { policy, first, release: (value: string) => release(value) };
}
