/** Something with a time limit; a node of the list of its duration. */
export interface Deadline {
  /** The limit in milliseconds. */
  limitMs: number;
  /** When it is reached, by the queue's clock; 0 until the turn it was set in has ended. */
  deadline: number;
  /** The list it stands in, or the timer of a test that stands for it, or neither. */
  place: DeadlineList | FakeTimer | undefined;
  before: Deadline | undefined;
  after: Deadline | undefined;
  /** Called once when the limit is reached and it was not taken back before. */
  expire(): void;
}

/** What stands for a limit where a test has its own time. */
export interface FakeTimer {
  cancel(): void;
}

/** Deadlines in a ring, in the order in which they were set. */
export class DeadlineList {
  /** Its only pointer into the ring: each that an old object gets to a new one costs extra. */
  private last: Deadline | undefined = undefined;

  get first(): Deadline | undefined {
    return this.last?.after;
  }

  *[Symbol.iterator](): Generator<Deadline> {
    const { first } = this;
    for (
      let node = first;
      node !== undefined;
      node = node.after === first ? undefined : node.after
    ) {
      yield node;
    }
  }

  append(node: Deadline): void {
    const { last } = this;
    if (last?.after === undefined) node.before = node.after = node;
    else {
      node.before = last;
      node.after = last.after;
      last.after.before = node;
      last.after = node;
    }
    this.last = node;
    node.place = this;
  }

  remove(node: Deadline): void {
    const { before, after } = node;
    node.before = node.after = node.place = undefined;
    if (before === undefined || after === undefined || after === node) {
      this.last = undefined;
      return;
    }
    before.after = after;
    after.before = before;
    if (this.last === node) this.last = before;
  }
}
