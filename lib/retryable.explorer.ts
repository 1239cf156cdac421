import { PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from './nest-core.js';
import { read } from './errors/safe-read.js';
import { methodsOf } from './methods-of.js';
import {
  definitionOf,
  implicitDefinition,
  type RetryableDefinition,
} from './retryable.definition.js';

/**
 * The definitions of all retried methods of an application's providers and controllers.
 *
 * @param everyHandler route handlers are retried that are not decorated, too
 */
export function retriedMethods(
  modules: ModulesContainer,
  everyHandler: boolean,
): Set<RetryableDefinition> {
  const definitions = new Set<RetryableDefinition>();
  for (const module of modules.values()) {
    for (const { metatype, instance } of [
      ...module.providers.values(),
      ...module.controllers.values(),
    ]) {
      // Of a request-scoped class there is no instance yet, of a factory only that.
      for (const holder of [read(metatype, 'prototype'), instance, metatype]) {
        for (const definition of definitionsOf(holder)) definitions.add(definition);
      }
    }
    for (const { metatype } of everyHandler ? module.controllers.values() : []) {
      for (const definition of handlersOf(metatype)) definitions.add(definition);
    }
  }
  return definitions;
}

function* handlersOf(controller: unknown): Generator<RetryableDefinition> {
  if (typeof controller !== 'function') return;
  for (const method of methodsOf(read(controller, 'prototype'))) {
    if (definitionOf(method) !== undefined || !Reflect.hasMetadata(PATH_METADATA, method)) continue;
    yield implicitDefinition(controller, method);
  }
}

function* definitionsOf(holder: unknown): Generator<RetryableDefinition> {
  try {
    for (const method of methodsOf(holder)) {
      const definition = definitionOf(method);
      if (definition) yield definition;
    }
  } catch {
    // A proxy that shows nothing of itself outside a request, as nestjs-cls makes them.
  }
}
