import { RequestMethod } from '@nestjs/common';
import {
  METHOD_METADATA,
  PATH_METADATA,
  PIPES_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { listIn } from '../classify/body.js';
import { withoutStack } from '../errors/service-error.js';
import type { ErrorAnswer } from '../response/error-response.js';
import { definitionOf, type RetryableDefinition } from '../retryable.definition.js';
import { exampleOf, typicalError, type Manner, type Origin } from './documented-errors.js';
import { typesOfMethod, typesOfPlatform } from './platform-types.js';
import type { Wish } from './wish.js';

/** Whether Nest serves a method. */
export function isRoute(method: unknown): boolean {
  return typeof method === 'function' && Reflect.hasMetadata(PATH_METADATA, method);
}

/**
 * An answer for each error that a handler is known to give, by the name of its example.
 *
 * @param handler undefined for what all handlers of a controller have in common
 * @param wishes one at least
 */
export function examplesOf(
  target: object,
  key: string | symbol | undefined,
  handler: object | undefined,
  wishes: readonly Wish[],
): ReadonlyMap<string, ErrorAnswer> {
  const examples = new Map<string, ErrorAnswer>();
  const add = (type: string, manner: Manner, origin: Origin) => {
    if (examples.has(type)) return;
    const error = withoutStack(() => typicalError(type, origin.platform));
    examples.set(type, exampleOf(error, manner, origin));
  };
  const own = (handler && definitionOf(handler)) || undefined;
  const here = own ? originOf(own) : { context: routeOf(target, key, handler), isRetried: false };
  const manner = wishes[0] as Manner;
  const named = wishes.flatMap(({ platforms }) => platforms);
  for (const wish of own ? [{ ...manner, methods: [own] }, ...wishes] : wishes) {
    for (const method of wish.methods) {
      const types = typesOfMethod(method.options, named.length > 0 ? named : undefined);
      for (const [type, platform] of types) add(type, wish, { ...originOf(method), platform });
    }
  }
  for (const wish of wishes) {
    for (const platform of wish.platforms) {
      const origin = { ...here, platform, isRetried: true };
      for (const type of typesOfPlatform(platform)) add(type, wish, origin);
    }
    for (const type of wish.types) if (typeof type === 'string') add(type, wish, here);
  }
  addGiven(examples, wishes, here);
  if (isRefusable(target, key, handler)) add('VALIDATION_ERROR', manner, here);
  add('UNKNOWN_ERROR', manner, here);
  return examples;
}

/** The application's own errors: they say more than their type does, and there may be several of one. */
function addGiven(
  examples: Map<string, ErrorAnswer>,
  wishes: readonly Wish[],
  origin: Origin,
): void {
  const counts = new Map<string, number>();
  for (const wish of wishes) {
    for (const error of wish.types) {
      if (typeof error === 'string') continue;
      const answer = exampleOf(error, wish, origin);
      const { type } = answer.body.error;
      const count = (counts.get(type) ?? 0) + 1;
      counts.set(type, count);
      examples.set(count === 1 ? type : `${type}_${count}`, answer);
    }
  }
}

function originOf({ options, name }: RetryableDefinition): Origin {
  const platform = typeof options.platform === 'function' ? undefined : options.platform;
  return { context: options.context ?? name, platform, isRetried: true };
}

/** As the filter names a route, save for what the application puts before all of its paths. */
function routeOf(target: object, key: string | symbol | undefined, handler?: object): string {
  if (handler === undefined) return (target as { readonly name: string }).name;
  const verb = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
  const parts = [target.constructor, handler].map((holder) => {
    const path: unknown = Reflect.getMetadata(PATH_METADATA, holder);
    return String((Array.isArray(path) ? path[0] : path) ?? '').replaceAll(/^\/+|\/+$/g, '');
  });
  return `${verb ?? String(key)} /${parts.filter((part) => part !== '').join('/')}`;
}

/** A body may be no JSON, and pipes are there to refuse. */
function isRefusable(target: object, key: string | symbol | undefined, handler?: object): boolean {
  if (handler === undefined || key === undefined) return false;
  const { constructor } = target;
  const params = (Reflect.getMetadata(ROUTE_ARGS_METADATA, constructor, key) ?? {}) as object;
  return (
    [handler, constructor].some((holder) => Reflect.hasMetadata(PIPES_METADATA, holder)) ||
    Object.entries(params).some(
      ([param, said]) =>
        param.startsWith(`${RouteParamtypes.BODY}:`) || listIn(said, 'pipes').length > 0,
    )
  );
}
