/** Something that a signal can cancel. */
export interface Cancellable {
  cancel(reason: unknown, source: AbortSignal): void;
}

// Adding and removing a listener costs more the more there are on the signal, so that the calls
// under one signal share a single listener.
const cancellablesOf = new WeakMap<AbortSignal, Set<Cancellable>>();

/** Cancels the target when the signal aborts; {@link stopListening} takes it back. */
export function cancelOnAbort(signal: AbortSignal, target: Cancellable): void {
  let targets = cancellablesOf.get(signal);
  if (targets === undefined) cancellablesOf.set(signal, (targets = new Set()));
  if (targets.size === 0) signal.addEventListener('abort', cancelAll);
  targets.add(target);
}

export function stopListening(signal: AbortSignal, target: Cancellable): void {
  const targets = cancellablesOf.get(signal);
  if (targets?.delete(target) === true && targets.size === 0) {
    signal.removeEventListener('abort', cancelAll);
  }
}

function cancelAll(this: AbortSignal): void {
  for (const target of cancellablesOf.get(this) ?? []) target.cancel(this.reason, this);
}
