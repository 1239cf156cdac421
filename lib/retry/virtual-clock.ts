import { shared } from './shared-state.js';

/** A clock that a test moves: what the engine waits for and limits goes by it. */
export interface VirtualClock {
  /** Milliseconds since it was started. */
  now(): number;
  /** Milliseconds since 1970. */
  date(): number;
  /** Calls `onEnd` when the clock has moved on by so much; what it returns takes that back. */
  wait(delayMs: number, onEnd: () => void): () => void;
  /** The same for a limit, which the clock does not run into by itself. */
  limit(limited: object, limitMs: number, onEnd: () => void): () => void;
  /** The present attempt does nothing any more, so that its limit is next. */
  attemptHangs(): void;
}

// In common with the other copies: a test may load one of them and the application another.
const present = shared('virtual-clock', (): { clock: VirtualClock | undefined } => ({
  clock: undefined,
}));

/** The clock of a test, where one has started it. */
export function virtualClock(): VirtualClock | undefined {
  return present.clock;
}

/** From now on everything goes by this clock, or again by the real one. */
export function goBy(clock: VirtualClock | undefined): void {
  present.clock = clock;
}

/** Milliseconds since 1970, as they are kept and told to others. */
export function wallClock(): number {
  return present.clock === undefined ? Date.now() : present.clock.date();
}
