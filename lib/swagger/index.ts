export { ApiErrorResponses, createApiErrorResponses } from './api-error-responses.js';
export type {
  ApiErrorResponsesDecorator,
  ApiErrorResponsesOptions,
  ServiceMethodName,
} from './api-error-responses.options.js';
