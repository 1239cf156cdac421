import {
  AdPlatformError,
  BudgetInsufficientError,
  CreativeRejectedError,
  PermissionDeniedError,
  PlatformServiceError,
  RateLimitError,
  TokenExpiredError,
  TokenInvalidError,
  ValidationError,
  type ServiceErrorOptions,
} from 'nestjs-retryable';
import { HttpStatusError, type Reply } from '../http/exchange.js';

/** The body of a Graph API error. Its HTTP status says little: most are 400. */
interface MetaErrorBody {
  readonly error?: {
    readonly message: string;
    readonly code: number;
    readonly error_subcode?: number;
    readonly fbtrace_id?: string;
  };
}

/** By `code/subcode` or by `code`: what it means to this application. */
const MEANINGS: Readonly<Record<string, (options: ServiceErrorOptions, reply: Reply) => Error>> = {
  '190/463': (options) => new TokenExpiredError('meta', options),
  '190': (options) => new TokenInvalidError('meta', options),
  '10': (options) => new PermissionDeniedError('meta', options),
  '200': (options) => new PermissionDeniedError('meta', options),
  '17': throttled,
  '613': throttled,
  '80004': throttled,
  '1': (options) => new PlatformServiceError('meta', options),
  '2': (options) => new PlatformServiceError('meta', options),
  '100/1359188': (options) => new BudgetInsufficientError('meta', options),
  '100/2490427': (options) => new CreativeRejectedError('meta', { ...options, reason: '2490427' }),
  '100': (options) => new ValidationError({ ...options, platform: 'meta' }),
};

/** What Meta's answer means as an error, or undefined where it is none. */
export function metaError(reply: Reply): Error | undefined {
  const { error } = reply.body as MetaErrorBody;
  if (error === undefined) {
    return reply.status < 400 ? undefined : new HttpStatusError(reply.status, reply.headers);
  }
  const { message, code, error_subcode, fbtrace_id } = error;
  const options: ServiceErrorOptions = {
    message,
    details: {
      platform_code: error_subcode === undefined ? code : `${code}/${error_subcode}`,
      platform_request_id: fbtrace_id,
    },
  };
  const meaning = MEANINGS[`${code}/${error_subcode}`] ?? MEANINGS[code];
  return meaning?.(options, reply) ?? new AdPlatformError('meta', options);
}

/** Meta states the wait in a header, in minutes. */
function throttled(options: ServiceErrorOptions, { headers }: Reply): Error {
  const usage = headers.get('x-business-use-case-usage') ?? '';
  const minutes = Number(/"estimated_time_to_regain_access":\s*(\d+)/.exec(usage)?.[1] ?? 0);
  return new RateLimitError('meta', { ...options, retryAfter: minutes * 60 });
}
