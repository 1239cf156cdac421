import {
  AiModelError,
  AiModelQuotaError,
  AiModelTimeoutError,
  RateLimitError,
  type ServiceErrorOptions,
} from 'nestjs-retryable';
import type { Reply } from '../http/exchange.js';

/** The body of a Gemini error: a google.rpc status. */
interface GeminiErrorBody {
  readonly error?: {
    readonly message: string;
    readonly status: string;
    readonly details?: {
      readonly violations?: { readonly quotaId?: string }[];
      readonly retryDelay?: string;
      readonly reason?: string;
    }[];
  };
}

/** What Gemini's answer means as an error, or undefined where it is none. */
export function geminiError(reply: Reply): Error | undefined {
  const { error } = reply.body as GeminiErrorBody;
  if (error === undefined) return undefined;
  const { message, status, details = [] } = error;
  const options: ServiceErrorOptions = {
    message,
    platform: 'gemini',
    details: {
      platform_code: details.find(({ reason }) => reason !== undefined)?.reason ?? status,
    },
  };
  switch (status) {
    case 'RESOURCE_EXHAUSTED':
      return exhausted(details, options);
    case 'UNAVAILABLE':
    case 'INTERNAL':
      return new AiModelError(options);
    case 'DEADLINE_EXCEEDED':
      return new AiModelTimeoutError(options);
    default: // a bad key (which is HTTP 400 here), a bad request, an unknown model
      return new AiModelError({ ...options, retryable: false, mayHaveExecuted: false });
  }
}

type Details = NonNullable<NonNullable<GeminiErrorBody['error']>['details']>;

/** A burst limit is over in seconds, a daily quota is not, though Gemini states seconds for both. */
function exhausted(details: Details, options: ServiceErrorOptions): Error {
  const quotas = details.flatMap(({ violations = [] }) => violations);
  if (quotas.some(({ quotaId }) => quotaId?.includes('PerDay'))) {
    return new AiModelQuotaError(options);
  }
  const delay = details.find(({ retryDelay }) => retryDelay !== undefined)?.retryDelay ?? '';
  return new RateLimitError('gemini', { ...options, retryAfter: Number.parseFloat(delay) });
}
