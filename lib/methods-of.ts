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
