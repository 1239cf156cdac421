// An application may hold two copies of this package, one loaded by `import` and one by `require`.
// Their classes differ, so that plain `instanceof` would fail: a mark under a shared symbol does not.
const BRAND = Symbol.for('nestjs-retryable:brand');

type BrandedClass = abstract new (...args: never[]) => object;

/** What the instances of a branded class carry. */
export function markOf(name: string): symbol {
  return Symbol.for(`nestjs-retryable:${name}`);
}

/** Marks a class, so that instances made by another copy of the package count as its own. */
export function brand(target: BrandedClass, name: string): void {
  const mark = markOf(name);
  Object.defineProperty(target, BRAND, { value: mark });
  Object.defineProperty(target.prototype, mark, { value: true });
  Object.defineProperty(target.prototype, 'name', {
    value: name,
    writable: true,
    configurable: true,
  });
}

/** Whether a class is one of this package's, as opposed to one that extends it. */
export function isBranded(target: unknown): boolean {
  try {
    return typeof target === 'function' && Object.hasOwn(target, BRAND);
  } catch {
    return false; // a Proxy whose traps throw
  }
}

/** Whether a value is an instance of the branded class of that mark. */
export function hasMark(value: unknown, mark: symbol): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return (value as Record<symbol, unknown>)[mark] === true;
  } catch {
    return false; // a Proxy whose traps throw
  }
}

/** `instanceof` for branded classes; a subclass without a mark of its own is told by its prototype. */
export function hasBrandOf(target: object, value: unknown): boolean {
  if (Object.hasOwn(target, BRAND)) return hasMark(value, (target as { [BRAND]: symbol })[BRAND]);
  if (typeof value !== 'object' || value === null) return false;
  try {
    return Object.prototype.isPrototypeOf.call((target as { prototype: object }).prototype, value);
  } catch {
    return false; // a Proxy whose traps throw
  }
}
