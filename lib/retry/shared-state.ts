const KEY = Symbol.for('nestjs-retryable:state@1');

const holder = globalThis as { [KEY]?: Map<string, unknown> };

/**
 * A value that all copies of this package in one process have in common (an application may load
 * one by `import` and one by `require`). The first copy that asks creates it.
 */
export function shared<T>(name: string, create: () => T): T {
  const values = (holder[KEY] ??= new Map());
  if (!values.has(name)) values.set(name, create());
  return values.get(name) as T;
}
