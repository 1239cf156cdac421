import {
  ConfigurableModuleBuilder,
  type ConfigurableModuleOptionsFactory,
  type Provider,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { ErrorResponseFilter, ServiceErrorResponseFilter } from './error-response.filter.js';
import { RetryInterceptor } from './retry.interceptor.js';
import {
  checkExtras,
  DEFAULT_EXTRAS,
  type RetryableModuleExtras,
  type RetryableModuleOptions,
} from './retryable.options.js';

/** The filter that the module puts last in turn, or null. */
export const GLOBAL_FILTER = Symbol.for('nestjs-retryable:global-filter');

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<RetryableModuleOptions>({ moduleName: 'Retryable' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createRetryableOptions')
    .setExtras<RetryableModuleExtras>(DEFAULT_EXTRAS, (definition, extras) => {
      checkExtras(extras);
      const providers: Provider[] = [...(definition.providers ?? []), globalFilter(extras.filter)];
      if (extras.interceptor === true) {
        providers.push({ provide: APP_INTERCEPTOR, useExisting: RetryInterceptor });
      }
      return { ...definition, global: extras.isGlobal ?? true, providers };
    })
    .build();

/** What `useClass` and `useExisting` of `forRootAsync` name. @publicApi */
export type RetryableOptionsFactory = ConfigurableModuleOptionsFactory<
  RetryableModuleOptions,
  'createRetryableOptions'
>;

function globalFilter(filter: RetryableModuleExtras['filter'] = DEFAULT_EXTRAS.filter): Provider {
  if (filter === false) return { provide: GLOBAL_FILTER, useValue: null };
  return {
    provide: GLOBAL_FILTER,
    useExisting: filter === 'all' ? ErrorResponseFilter : ServiceErrorResponseFilter,
  };
}
