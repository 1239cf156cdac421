export interface Timer {
  readonly due: number;
  /** The order in which timers of one moment were set. */
  readonly order: number;
  readonly action: () => void;
  /** Where it stands in the heap; -1 where it does not. */
  index: number;
}

/** Timers, the earliest first: a binary heap from which any of them can be taken. */
export class TimerHeap {
  private readonly timers: Timer[] = [];

  get size(): number {
    return this.timers.length;
  }

  add(timer: Timer): void {
    this.rise(timer, this.timers.length);
  }

  takeFirst(): Timer | undefined {
    const [first] = this.timers;
    if (first !== undefined) this.remove(first);
    return first;
  }

  remove(timer: Timer): void {
    const { index } = timer;
    if (index < 0) return;
    timer.index = -1;
    const last = this.timers.pop();
    if (last === undefined || last === timer) return;
    this.sink(last, index);
    this.rise(last, last.index);
  }

  private rise(timer: Timer, from: number): void {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.timers[parentIndex];
      if (parent === undefined || !isBefore(timer, parent)) break;
      this.put(parent, index);
      index = parentIndex;
    }
    this.put(timer, index);
  }

  private sink(timer: Timer, from: number): void {
    let index = from;
    for (;;) {
      const child = this.earlierChild(index);
      if (child === undefined || !isBefore(child, timer)) break;
      const childIndex = child.index;
      this.put(child, index);
      index = childIndex;
    }
    this.put(timer, index);
  }

  private earlierChild(index: number): Timer | undefined {
    const left = this.timers[2 * index + 1];
    const right = this.timers[2 * index + 2];
    if (left === undefined || right === undefined) return left;
    return isBefore(right, left) ? right : left;
  }

  private put(timer: Timer, index: number): void {
    this.timers[index] = timer;
    timer.index = index;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order);
}
