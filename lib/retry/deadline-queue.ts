import { DeadlineList, type Deadline, type FakeTimer } from './deadline-list.js';
import { virtualClock } from './virtual-clock.js';
import { MAX_DELAY_MS } from './wait.js';

// Fake timers replace the globals in mid-process, so that what is used together is taken together.
const setNativeTimeout = globalThis.setTimeout;
const clearNativeTimeout = globalThis.clearTimeout;
const nativeNow = performance.now.bind(performance);
const nativeNextTick = process.nextTick.bind(process);

const PROMISES = Promise.resolve();

/** What was set in the present turn. */
const fresh = new DeadlineList();
/** What was there before it, by its duration: a list is in the order in which its limits end. */
const lists = new Map<number, DeadlineList>();
/** What runs by fake timers. */
const faked = new Set<Deadline>();
let timer: NodeJS.Timeout | undefined;
let timerDue = Infinity;
let turnEndDue = false;

/** Milliseconds of the clock that the present timers run by. */
export function now(): number {
  return isFaked() ? fakeNow() : nativeNow();
}

function isFaked(): boolean {
  return globalThis.setTimeout !== setNativeTimeout || virtualClock() !== undefined;
}

function fakeNow(): number {
  return virtualClock()?.now() ?? performance.now();
}

/** When a limit was set, by {@link now}: the present turn, at `time`, counts as no time at all. */
export function startOf(node: Deadline, time: number): number {
  return node.deadline === 0 ? time : node.deadline - node.limitMs;
}

/** Keeps {@link startOf} a limit that is over before its turn is. */
export function keepStart(node: Deadline): void {
  if (node.deadline === 0) node.deadline = now() + node.limitMs;
}

/** Milliseconds left of a limit; without end where none is set. */
export function remainingUntil(node: Deadline): number {
  const { place } = node;
  if (place === undefined) return Infinity;
  if (!(place instanceof DeadlineList)) return Math.max(0, node.deadline - fakeNow());
  if (node.deadline === 0) return node.limitMs;
  return Math.min(node.limitMs, Math.max(0, node.deadline - nativeNow()));
}

/**
 * Sets a limit of so many milliseconds from now. All limits share one timer, which keeps the
 * process alive exactly while there are limits. Reading the clock and starting timers would cost
 * more than the rest of a call, so that both wait for the end of the turn: a limit that is taken
 * back before then has cost neither, and one that stays is late by that turn and never early.
 *
 * A limit set under fake timers is a timer of theirs, so that it ends when they are told to.
 */
export function setDeadline(node: Deadline, ms: number): void {
  node.limitMs = ms;
  node.deadline = 0;
  if (isFaked()) return setFakeDeadline(node);
  fresh.append(node);
  if (!turnEndDue) awaitTurnEnd();
}

function setFakeDeadline(node: Deadline): void {
  node.deadline = fakeNow() + node.limitMs;
  faked.add(node);
  const onEnd = () => {
    node.place = undefined;
    faked.delete(node);
    node.expire();
  };
  const cancel = virtualClock()?.limit(node, node.limitMs, onEnd);
  node.place = cancel === undefined ? fakeTimer(onEnd, node.limitMs) : { cancel };
}

function fakeTimer(onEnd: () => void, ms: number): FakeTimer {
  const timer = globalThis.setTimeout(onEnd, ms);
  return { cancel: () => globalThis.clearTimeout(timer) };
}

/** Every limit that is set, in no particular order. */
export function* pendingDeadlines(): Generator<Deadline> {
  yield* faked;
  for (const list of [fresh, ...lists.values()]) yield* list;
}

/** Takes a limit back. */
export function clearDeadline(node: Deadline): void {
  const { place } = node;
  if (place === fresh) fresh.remove(node);
  else if (place !== undefined) leave(node, place);
}

function leave(node: Deadline, place: DeadlineList | FakeTimer): void {
  if (!(place instanceof DeadlineList)) {
    node.place = undefined;
    faked.delete(node);
    place.cancel();
    return;
  }
  place.remove(node);
  if (place.first === undefined && !turnEndDue) awaitTurnEnd();
}

function awaitTurnEnd(): void {
  turnEndDue = true;
  // By way of a promise: Node runs what waits for its next tick before what waits for promises,
  // and many a call ends with those.
  void PROMISES.then(() => nativeNextTick(endTurn));
}

/** Gives what is new its deadline and sees to it that the timer fires for the earliest one. */
function endTurn(): void {
  turnEndDue = false;
  if (fresh.first === undefined && lists.size === 0) return;
  // A whole number: others are kept as an object of their own each.
  const time = Math.ceil(nativeNow());
  for (let node = fresh.first; node !== undefined; node = fresh.first) {
    fresh.remove(node);
    enrol(node, time);
  }
  startTimer(time);
}

function enrol(node: Deadline, time: number): void {
  let list = lists.get(node.limitMs);
  if (list === undefined) {
    if (lists.size >= MAX_EXACT) node.limitMs = coarser(node.limitMs);
    list = lists.get(node.limitMs) ?? new DeadlineList();
    lists.set(node.limitMs, list);
  }
  list.append(node);
  node.deadline = time + node.limitMs;
}

/** So many different durations are kept exactly; what each turn costs grows with their number. */
const MAX_EXACT = 64;

/** Further ones are late by a 64th of themselves at most, so that there are a few hundred lists. */
function coarser(ms: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(ms)) - 6);
  return Math.ceil(ms / step) * step;
}

function startTimer(time: number): void {
  let due = Infinity;
  for (const [ms, { first }] of lists) {
    if (first === undefined) lists.delete(ms);
    else due = Math.min(due, first.deadline);
  }
  if (due >= timerDue && due !== Infinity) return;
  clearNativeTimeout(timer);
  timerDue = due;
  const delayMs = Math.min(Math.max(1, Math.ceil(due - time)), MAX_DELAY_MS);
  timer = due === Infinity ? undefined : setNativeTimeout(expireDue, delayMs);
}

/** So long at a time: what thousands of limits set off must not keep everybody else waiting. */
const PORTION_MS = 3;

function expireDue(): void {
  const time = nativeNow();
  timer = undefined;
  timerDue = Infinity;
  // After a turn that took long several lists are due: the earliest deadline is told first.
  const due = [...lists.values()]
    .filter((list) => firstDue(list, time) !== undefined)
    .toSorted((a, b) => (a.first?.deadline ?? 0) - (b.first?.deadline ?? 0));
  try {
    for (const list of due) {
      for (let node = firstDue(list, time); node !== undefined; node = firstDue(list, time)) {
        clearDeadline(node);
        node.expire();
        if (nativeNow() - time > PORTION_MS) return;
      }
    }
  } finally {
    startTimer(nativeNow()); // also where one has thrown: the others wait for theirs
  }
}

function firstDue({ first }: DeadlineList, time: number): Deadline | undefined {
  return first !== undefined && first.deadline <= time ? first : undefined;
}
