import type { KnownErrorType } from '../errors/error-types.js';
import type { Platform } from '../errors/service-error.js';

/** What `@ApiErrorResponses` documents, beside the errors of retried methods. @publicApi */
export interface ApiErrorResponsesOptions {
  /** Types of errors, or errors of the application's own, such as it throws them. */
  types?: readonly (KnownErrorType | Error)[] | undefined;
  /**
   * Whose errors are passed on. Of a handler that is retried and whose `platform` is a function:
   * which ones that can name. Default there: all that this package knows.
   */
  platform?: Platform | readonly Platform[] | undefined;
  /** The language of the examples. Default: that of the application's errors. */
  locale?: string | undefined;
}

/** The names of a service's public methods. @publicApi */
export type ServiceMethodName<Service> = {
  // oxlint-disable-next-line typescript/no-explicit-any -- methods with any parameters
  [Name in keyof Service]: Service[Name] extends (...args: any[]) => unknown ? Name : never;
}[keyof Service];

/** `ApiErrorResponses`, or what `createApiErrorResponses` makes. @publicApi */
export interface ApiErrorResponsesDecorator {
  (options?: ApiErrorResponsesOptions): MethodDecorator & ClassDecorator;
  /** @param methods those with `@Retryable` that the handler calls */
  <Service extends object>(
    service: { readonly prototype: Service },
    ...methods: readonly [ServiceMethodName<Service>, ...ServiceMethodName<Service>[]]
  ): MethodDecorator & ClassDecorator;
}
