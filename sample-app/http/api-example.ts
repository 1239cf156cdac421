import { ApiBody } from '@nestjs/swagger';

/** Documents the body of a request by one that works. */
export function ApiExample(example: object): MethodDecorator {
  return ApiBody({ schema: { type: 'object', example } });
}
