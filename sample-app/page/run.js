/**
 * What is known of a run, from the events that the server tells. All times are milliseconds since
 * the request reached the application.
 *
 * A span is `{ kind: 'attempt' | 'look-up' | 'wait', from, to, limit, result, … }`: `to` is
 * undefined while it lasts, `limit` is its longest length, `result` is `'ok'`, `'failed'`,
 * `'found'`, `'not-found'` or `'left'`.
 */
export class Run {
  /** Calls with their spans, in the order in which they began. */
  calls = [];
  /** Undefined until the request has reached the application. */
  beganAt = undefined;
  /** Undefined until the request has been answered, or its client has left. */
  endedAfter = undefined;
  left = false;

  take(event) {
    if (event.type === 'began') {
      this.beganAt = event.at;
      return;
    }
    if (this.beganAt === undefined) return;
    const at = event.at - this.beganAt;
    if (event.type === 'ended') {
      this.endedAfter = at;
      this.left = event.status === undefined;
      for (const call of this.calls) this.#close(call, at, 'left');
    } else if (event.type === 'request-began') this.#requestBegan(event, at);
    else if (event.type === 'request-ended') this.#requestEnded(event, at);
    else this.#takeOfCall(this.#callOf(event), event, at);
  }

  /** How many spans of a kind there are. */
  count(kind) {
    return this.calls.flatMap(({ spans }) => spans).filter((span) => span.kind === kind).length;
  }

  #callOf({ call: id, context, platform }) {
    let call = this.calls.find((each) => each.id === id);
    if (call === undefined) {
      call = { id, context, platform, spans: [], ended: undefined, gaveUp: undefined };
      this.calls.push(call);
    }
    return call;
  }

  #takeOfCall(call, event, at) {
    switch (event.type) {
      case 'attempt-began': {
        this.#close(call, at, 'ok');
        const { attempt: number, limitMs: limit } = event;
        call.spans.push({ kind: 'attempt', number, limit, from: at });
        return;
      }
      case 'attempt-failed': {
        const span = openSpan(call);
        if (span?.kind === 'attempt') span.error = event.error;
        this.#close(call, at, 'failed');
        return;
      }
      case 'wait-began':
        this.#close(call, at, 'not-found');
        call.spans.push({ kind: 'wait', limit: event.delayMs, from: at });
        return;
      case 'succeeded':
        this.#settleLookUp(call, 'found');
        this.#close(call, at, 'ok');
        call.ended = 'ok';
        return;
      default:
        if (event.gaveUp === 'reconcile-failed') this.#settleLookUp(call, 'failed');
        this.#close(call, at, 'left');
        call.ended = event.type === 'failed' ? 'failed' : 'left';
        call.gaveUp = reasonOf(event);
    }
  }

  /** A request between two attempts asks what became of the first. */
  #requestBegan({ number: exchange }, at) {
    const call = this.calls.at(-1);
    if (call === undefined) return;
    if (openSpan(call) === undefined) call.spans.push({ kind: 'look-up', from: at });
    openSpan(call).exchange = exchange;
  }

  #requestEnded({ number, status }, at) {
    const spans = this.calls.flatMap((call) => call.spans);
    const span = spans.find(({ exchange }) => exchange === number);
    if (span === undefined) return;
    span.status = status;
    if (span.kind === 'look-up') span.to ??= at;
  }

  /** What a look-up has found shows in what the call does next. */
  #settleLookUp(call, result) {
    const span = call.spans.at(-1);
    if (span?.kind === 'look-up') span.result = result;
  }

  #close(call, at, result) {
    const span = call.spans.at(-1);
    if (span?.kind === 'look-up' && span.to !== undefined) span.result ??= 'not-found';
    const open = openSpan(call);
    if (open === undefined) return;
    open.to = at;
    open.result = open.kind === 'wait' && result !== 'left' ? 'ok' : result;
  }
}

/** Why a call is not tried again; one that was cancelled is told of by its last span. */
function reasonOf({ gaveUp, maxRetries }) {
  if (gaveUp === 'cancelled') return undefined;
  return gaveUp === 'exhausted' && maxRetries === 0 ? 'once' : gaveUp;
}

function openSpan(call) {
  const span = call.spans.at(-1);
  return span?.to === undefined ? span : undefined;
}
