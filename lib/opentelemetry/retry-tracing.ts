import { context, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
import { describeError } from '../errors/describe-error.js';
import { redactName } from '../errors/redact-name.js';
import type { CallEnd, CallWatcher, WatchedAttempt, WatchedCall } from '../retry/call-watcher.js';
import { attributesOf, errorTypeOf } from './attributes.js';

/** The spans of a call that has not ended. */
interface OpenCall {
  readonly span: Span;
  readonly context: Context;
  attempt: { readonly number: number; readonly span: Span; readonly context: Context } | undefined;
}

/**
 * One span for each operation, and in it one for each attempt, in which the operation's own spans
 * stand. After the first they carry `http.request.resend_count` as the semantic conventions have it.
 */
export class RetryTracing implements CallWatcher {
  private readonly tracer = trace.getTracer('nestjs-retryable');
  private readonly calls = new WeakMap<WatchedCall, OpenCall>();

  attemptBegan({ owner, number, limitMs }: WatchedAttempt): void {
    const call = this.opened(owner);
    this.endAttempt(call); // one that is abandoned may go on for ever
    const attributes = {
      ...attributesOf(owner),
      'retryable.attempt': number,
      'retryable.limit_ms': limitMs,
      ...(number > 1 && { 'http.request.resend_count': number - 1 }),
    };
    const name = `${nameOf(owner)} attempt`;
    const span = this.tracer.startSpan(name, { attributes }, call.context);
    call.attempt = { number, span, context: trace.setSpan(call.context, span) };
  }

  attemptFailed({ owner }: WatchedAttempt, error: unknown): void {
    const call = this.calls.get(owner);
    if (call === undefined) return;
    if (call.attempt !== undefined) fail(call.attempt.span, error);
    this.endAttempt(call);
  }

  waitBegan(owner: WatchedCall, delayMs: number): void {
    this.opened(owner).span.addEvent('retryable.wait', { 'retryable.delay_ms': delayMs });
  }

  callEnded(owner: WatchedCall, end: CallEnd): void {
    const call = this.opened(owner); // it may have failed before its first attempt
    this.calls.delete(owner);
    try {
      this.endAttempt(call);
    } finally {
      this.endCall(call, end);
    }
  }

  run<T>({ owner, number }: WatchedAttempt, operation: () => T): T {
    const attempt = this.calls.get(owner)?.attempt;
    return attempt?.number === number ? context.with(attempt.context, operation) : operation();
  }

  private endCall(call: OpenCall, end: CallEnd): void {
    if (end === 'left') call.span.setAttribute('retryable.gave_up', 'left');
    else if (end !== 'succeeded') {
      if (end.report.gaveUp !== 'parked') fail(call.span, end.error);
      call.span.setAttributes({
        'retryable.gave_up': end.report.gaveUp,
        'retryable.attempts': end.report.attempts,
      });
    }
    call.span.end();
  }

  private opened(owner: WatchedCall): OpenCall {
    const open = this.calls.get(owner);
    if (open !== undefined) return open;
    const around = context.active();
    const span = this.tracer.startSpan(nameOf(owner), { attributes: attributesOf(owner) }, around);
    const call = { span, context: trace.setSpan(around, span), attempt: undefined };
    this.calls.set(owner, call);
    return call;
  }

  // The processors of the SDK may throw: nothing is left open by that.
  private endAttempt(call: OpenCall): void {
    const { attempt } = call;
    call.attempt = undefined;
    attempt?.span.end();
  }
}

function nameOf({ policy }: WatchedCall): string {
  return redactName(policy.context);
}

/** What upstream has said may hold secrets: only what is safe to print is recorded. */
function fail(span: Span, error: unknown): void {
  const { error_type, error_message } = describeError(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error_message });
  span.setAttribute('error.type', errorTypeOf(error));
  span.addEvent('exception', {
    'exception.type': error_type,
    'exception.message': error_message,
  });
}
