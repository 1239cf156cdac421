export { ApiErrorResponses, createApiErrorResponses } from './api-error-responses.js';
export type { ApiErrorResponsesDecorator, ServiceMethodName } from './api-error-responses.js';
export type { ApiErrorResponsesOptions } from './wish.js';
