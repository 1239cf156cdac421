import type { Type } from '@nestjs/common';

/** Classes beside their names, as `describe.each` and `it.each` print them. */
export function named(...types: Type<object>[]): [string, Type<object>][] {
  return types.map((type) => [type.name, type]);
}
