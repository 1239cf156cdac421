import { read } from './errors/safe-read.js';

/** The methods of an object and of what it inherits from, symbol-named and private ones included. */
export function* methodsOf(holder: unknown): Generator<{ readonly name: string }> {
  for (let level = holder; isObject(level) && level !== Object.prototype;) {
    for (const key of Reflect.ownKeys(level)) {
      // By its descriptor: a getter of the application is not to be run.
      const method: unknown = Object.getOwnPropertyDescriptor(level, key)?.value;
      if (typeof method === 'function') yield method;
    }
    level = Object.getPrototypeOf(level) as unknown;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Whether one of the classes, as Nest keeps them, has such a method. */
export function hasMethod(
  classes: Iterable<{ readonly metatype: unknown }>,
  isMeant: (method: object) => boolean,
): boolean {
  for (const { metatype } of classes) {
    for (const method of methodsOf(read(metatype, 'prototype'))) if (isMeant(method)) return true;
  }
  return false;
}
