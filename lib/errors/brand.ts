// An application may hold two copies of this package, one loaded by `import` and one by `require`.
// Their classes differ, so that plain `instanceof` would fail: a mark under a shared symbol does not.
const BRAND = Symbol.for('nestjs-retryable:brand');

type BrandedClass = abstract new (...args: never[]) => object;

/** Marks a class, so that instances made by another copy of the package count as its own. */
export function brand(target: BrandedClass, name: string): void {
  const mark = Symbol.for(`nestjs-retryable:${name}`);
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

/** `instanceof` for branded classes; a subclass without a mark of its own is told by its prototype. */
export function hasBrandOf(target: object, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const mark = Object.hasOwn(target, BRAND) ? (target as { [BRAND]: symbol })[BRAND] : undefined;
    return mark === undefined
      ? Object.prototype.isPrototypeOf.call((target as { prototype: object }).prototype, value)
      : (value as Record<symbol, unknown>)[mark] === true;
  } catch {
    return false; // a Proxy whose traps throw
  }
}
