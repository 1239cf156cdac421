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

/** The body of a Google Ads REST error: a google.rpc status around a GoogleAdsFailure. */
interface GoogleErrorBody {
  readonly error?: {
    readonly code: number;
    readonly details?: {
      readonly errors?: GoogleAdsError[];
      readonly requestId?: string;
    }[];
  };
}

interface GoogleAdsError {
  readonly errorCode: Readonly<Record<string, string>>;
  readonly message: string;
  readonly details?: { readonly quotaErrorDetails?: { readonly retryDelay?: string } };
}

type Meaning = (options: ServiceErrorOptions, error: GoogleAdsError) => Error;

const permissionDenied: Meaning = (options) => new PermissionDeniedError('google', options);
const rateLimited: Meaning = (options, { details }) =>
  // "30s"
  new RateLimitError('google', {
    ...options,
    retryAfter: Number.parseFloat(details?.quotaErrorDetails?.retryDelay ?? ''),
  });

/** By `category.NAME` or by `category`: what it means to this application. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  'authenticationError.OAUTH_TOKEN_EXPIRED': (options) => new TokenExpiredError('google', options),
  authenticationError: (options) => new TokenInvalidError('google', options),
  authorizationError: permissionDenied,
  'quotaError.ACCESS_PROHIBITED': permissionDenied,
  quotaError: rateLimited,
  internalError: (options) => new PlatformServiceError('google', options),
  policyFindingError: (options, { errorCode }) =>
    new CreativeRejectedError('google', { ...options, reason: errorCode['policyFindingError'] }),
  'identityVerificationError.NO_EFFECTIVE_BILLING': (options) =>
    new BudgetInsufficientError('google', options),
};

/** What Google's answer means as an error, or undefined where it is none. */
export function googleError(reply: Reply): Error | undefined {
  const { error } = reply.body as GoogleErrorBody;
  if (error === undefined) return undefined;
  const failure = error.details?.find(({ errors }) => errors !== undefined);
  const first = failure?.errors?.[0];
  const [category, name] = Object.entries(first?.errorCode ?? {})[0] ?? [];
  if (first === undefined || category === undefined) {
    return new HttpStatusError(reply.status, reply.headers);
  }
  const options: ServiceErrorOptions = {
    message: first.message,
    details: { platform_code: name, platform_request_id: failure?.requestId },
  };
  const meaning = MEANINGS[`${category}.${name}`] ?? MEANINGS[category];
  if (meaning !== undefined) return meaning(options, first);
  return error.code === 400
    ? new ValidationError({ ...options, platform: 'google' })
    : new AdPlatformError('google', options);
}
