export { RetryableModule } from './retryable.module.js';
export type { RetryableOptionsFactory } from './retryable.module-definition.js';
export type {
  RetryableModuleExtras,
  RetryableModuleOptions,
  UndeclaredWrites,
} from './retryable.options.js';
export { Retryable } from './retryable.decorator.js';
export type { RetryableMethodDecorator } from './retryable.decorator.js';
export type { ParkOptions, RetryableOptions } from './method-options.js';
export { RequestTimeout } from './request-timeout.js';
export { Cooldowns } from './cooldowns.js';
export type { Cooldown } from './cooldowns.js';
export { RetryEvents } from './retry-events.js';
export type { RetryEvent } from './retry-events.js';
export { RetryInterceptor } from './retry.interceptor.js';
export { ErrorResponseFilter } from './error-response.filter.js';
export { graphqlErrorFormatter } from './graphql-error-formatter.js';
export type { FormattedGraphqlError } from './graphql-error-formatter.js';
export { RetryStrategy, retryWithBackoff, retryWithBackoff$ } from './retry-strategy.js';
export { TimeoutConfig } from './timeout-config.js';

export { constant, exponential } from './retry/backoff.js';
export type { Backoff, ExponentialBackoffOptions, Jitter } from './retry/backoff.js';
export type {
  Operation,
  OperationOptions,
  RetryOn,
  RetryOptions,
  Repairs,
  RetryWithBackoffOptions,
  Through,
  Timeouts,
} from './retry/retry-options.js';
export type { BucketSize, RetryBudgetStore, TokenAnswer } from './retry/budget-store.js';
export type { CooldownOptions } from './retry/cooldown-gate.js';
export type { CooldownStore } from './retry/cooldown-store.js';
export type { RepairLock, RepairTimes } from './retry/repair-lock.js';
export type { SharedStores } from './retry/retry-runtime.js';
export type { RetryBudgetOptions } from './retry/retry-budget.js';
export { found, notFound } from './retry/found.js';
export type { Found, NotFound } from './retry/found.js';
export { currentAttempt } from './retry/attempt.js';
export type { Attempt } from './retry/attempt.js';
export { retryReport } from './retry/retry-report.js';
export type { RetryReport, RetryReportJson } from './retry/retry-report.js';
export type { LeftWait } from './retry/work-queue.js';
export type { ErrorDescription } from './errors/describe-error.js';
export type { GaveUp } from './retry/next-step.js';

export { isServiceError, ServiceError } from './errors/service-error.js';
export type { Platform, ServiceErrorOptions } from './errors/service-error.js';
export type { ErrorType, KnownErrorType } from './errors/error-types.js';
export {
  AdPlatformError,
  BudgetInsufficientError,
  CreativeRejectedError,
  PermissionDeniedError,
  PlatformServiceError,
  PlatformTimeoutError,
  RateLimitError,
  TokenExpiredError,
  TokenInvalidError,
} from './errors/ad-platform.errors.js';
export { McpConnectionError, McpTimeoutError, McpToolError } from './errors/mcp.errors.js';
export {
  AiModelError,
  AiModelQuotaError,
  AiModelTimeoutError,
  InsufficientCreditsError,
} from './errors/ai-model.errors.js';
export {
  ConnectionFailedError,
  OperationCancelledError,
  OperationTimeoutError,
  OutcomeUnknownError,
  ParkedError,
  ServiceUnavailableError,
  ValidationError,
} from './errors/operation.errors.js';
export type { ParkedErrorOptions } from './errors/operation.errors.js';
export { classifyError } from './classify/classify-error.js';
export type { Classifier } from './classify/classify-error.js';
export type { ErrorHint } from './classify/family.js';

export { createErrorResponse } from './response/error-response.js';
export type { ErrorResponse, ErrorResponseInput } from './response/error-response.js';
export type { CatalogText, ErrorPresentationOptions } from './response/error-presentation.js';
