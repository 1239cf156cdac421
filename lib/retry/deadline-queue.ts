/** Something with a time limit; a node of the list of its duration. */
export interface Deadline {
  /** The limit in milliseconds. */
  limitMs: number;
  /** When it is reached, by the queue's clock; 0 until the turn it was set in has ended. */
  deadline: number;
  /** The list it stands in, or the timer that stands for it, or neither. */
  place: DeadlineList | NodeJS.Timeout | undefined;
  before: Deadline | undefined;
  after: Deadline | undefined;
  /** Called once when the limit is reached and it was not taken back before. */
  expire(): void;
}

// Fake timers replace the globals in mid-process, so that what is used together is taken together.
const setNativeTimeout = globalThis.setTimeout;
const clearNativeTimeout = globalThis.clearTimeout;
const nativeNow = performance.now.bind(performance);
const nativeNextTick = process.nextTick.bind(process);

/** @internal The deadlines of one duration: set in the order in which they end. */
export class DeadlineList {
  first: Deadline | undefined = undefined;
  last: Deadline | undefined = undefined;
  /** The first one that was set in the present turn. */
  firstNew: Deadline | undefined = undefined;

  append(node: Deadline): void {
    node.before = this.last;
    if (this.last === undefined) this.first = node;
    else this.last.after = node;
    this.last = node;
    this.firstNew ??= node;
  }

  remove(node: Deadline): void {
    if (node === this.firstNew) this.firstNew = node.after;
    if (node.before === undefined) this.first = node.after;
    else node.before.after = node.after;
    if (node.after === undefined) this.last = node.before;
    else node.after.before = node.before;
    node.before = node.after = undefined;
  }

  /** Gives the new ones their deadlines. */
  stamp(time: number): void {
    for (let node = this.firstNew; node !== undefined; node = node.after) {
      node.deadline = time + node.limitMs;
    }
    this.firstNew = undefined;
  }
}

const lists = new Map<number, DeadlineList>();
let pending = 0;
let timer: NodeJS.Timeout | undefined;
let timerDue = Infinity;
let turnEndDue = false;

/** Milliseconds of the clock that the present timers run by. */
export function now(): number {
  return globalThis.setTimeout === setNativeTimeout ? nativeNow() : performance.now();
}

/** When a limit was set, by {@link now}: the present turn counts as no time at all. */
export function startOf(node: Deadline): number {
  return node.deadline === 0 ? now() : node.deadline - node.limitMs;
}

/** Milliseconds left of a limit. */
export function remainingUntil(node: Deadline): number {
  const { place } = node;
  if (!(place instanceof DeadlineList)) return Math.max(0, node.deadline - performance.now());
  return node.deadline === 0 ? node.limitMs : Math.max(0, node.deadline - nativeNow());
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
  if (globalThis.setTimeout !== setNativeTimeout) {
    node.deadline = performance.now() + ms;
    node.place = globalThis.setTimeout(() => {
      node.place = undefined;
      node.expire();
    }, ms);
    return;
  }
  node.limitMs = lists.has(ms) || lists.size < MAX_EXACT ? ms : coarser(ms);
  let list = lists.get(node.limitMs);
  if (list === undefined) lists.set(node.limitMs, (list = new DeadlineList()));
  list.append(node);
  node.place = list;
  pending++;
  awaitTurnEnd();
}

/** So many different durations are kept exactly; what each turn costs grows with their number. */
const MAX_EXACT = 64;

/** Further ones are late by a 64th of themselves at most, so that there are a few hundred lists. */
function coarser(ms: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(ms)) - 6);
  return Math.ceil(ms / step) * step;
}

/** Takes a limit back. */
export function clearDeadline(node: Deadline): void {
  const { place } = node;
  if (place === undefined) return;
  node.place = undefined;
  if (!(place instanceof DeadlineList)) return globalThis.clearTimeout(place);
  place.remove(node);
  if (--pending === 0) awaitTurnEnd();
}

function awaitTurnEnd(): void {
  if (turnEndDue) return;
  turnEndDue = true;
  nativeNextTick(endTurn);
}

function endTurn(): void {
  turnEndDue = false;
  if (pending > 0) return startTimer(nativeNow());
  clearNativeTimeout(timer);
  timer = undefined;
  timerDue = Infinity;
  lists.clear();
}

/** Stamps what is new and sees to it that the timer fires for the earliest deadline. */
function startTimer(time: number): void {
  let due = Infinity;
  for (const [ms, list] of lists) {
    list.stamp(time);
    if (list.first === undefined) lists.delete(ms);
    else due = Math.min(due, list.first.deadline);
  }
  if (due >= timerDue) return;
  clearNativeTimeout(timer);
  timerDue = due;
  timer = setNativeTimeout(expireDue, Math.max(1, Math.ceil(due - time)));
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
    if (pending > 0) startTimer(nativeNow()); // also where one has thrown: the others wait for theirs
  }
}

function firstDue(list: DeadlineList, time: number): Deadline | undefined {
  const { first, firstNew } = list;
  return first !== undefined && first !== firstNew && first.deadline <= time ? first : undefined;
}
