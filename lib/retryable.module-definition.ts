import {
  ConfigurableModuleBuilder,
  type ConfigurableModuleOptionsFactory,
  type Provider,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from './nest-core.js';
import { ErrorResponseFilter, ServiceErrorResponseFilter } from './error-response.filter.js';
import { RetryInterceptor } from './retry.interceptor.js';
import { GLOBAL_FILTER } from './retryable.tokens.js';
import {
  checkedExtras,
  DEFAULT_EXTRAS,
  type RetryableModuleExtras,
  type RetryableModuleOptions,
} from './retryable.options.js';

/** The options as they were given, checked once. */
export const CHECKED_OPTIONS = Symbol.for('nestjs-retryable:checked-options');

/** Whether `RetryInterceptor` runs for every handler. */
export const EVERY_HANDLER = Symbol.for('nestjs-retryable:every-handler');

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<RetryableModuleOptions>({ moduleName: 'Retryable' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createRetryableOptions')
    // Nest fills in these only for names that are not there at all: undefined means "not given" too.
    .setExtras<RetryableModuleExtras>(DEFAULT_EXTRAS, (definition, given) => {
      const { isGlobal, filter, interceptor } = checkedExtras(given);
      const everyHandler = { provide: EVERY_HANDLER, useValue: interceptor };
      const providers: Provider[] = [
        ...(definition.providers ?? []),
        globalFilter(filter),
        everyHandler,
      ];
      if (interceptor) providers.push({ provide: APP_INTERCEPTOR, useExisting: RetryInterceptor });
      return { ...definition, global: isGlobal, providers };
    })
    .build();

/** What `useClass` and `useExisting` of `forRootAsync` name. @publicApi */
export type RetryableOptionsFactory = ConfigurableModuleOptionsFactory<
  RetryableModuleOptions,
  'createRetryableOptions'
>;

function globalFilter(filter: RetryableModuleExtras['filter']): Provider {
  if (filter === false) return { provide: GLOBAL_FILTER, useValue: null };
  return {
    provide: GLOBAL_FILTER,
    useExisting: filter === 'all' ? ErrorResponseFilter : ServiceErrorResponseFilter,
  };
}
