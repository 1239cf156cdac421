import { HttpStatus, RequestMethod } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA } from '@nestjs/common/constants.js';
import type { ApiResponseMetadata } from '@nestjs/swagger';
import { read } from '../errors/safe-read.js';

/** The static method that the compiler plugin of `@nestjs/swagger` gives to controllers. */
const PLUGIN = '_OPENAPI_METADATA_FACTORY';

/** The response of a handler that succeeds, as `@nestjs/swagger` knows it without a decorator. */
export function successOf(
  { constructor }: object,
  key: string | symbol,
  handler: object,
): ApiResponseMetadata {
  const plugin = read(constructor, PLUGIN) as (() => object) | undefined;
  const { status, type } = (read(plugin?.call(constructor), key) ?? {}) as ApiResponseMetadata;
  const code = Reflect.getMetadata(HTTP_CODE_METADATA, handler) as number | undefined;
  const isPost = Reflect.getMetadata(METHOD_METADATA, handler) === RequestMethod.POST;
  return {
    status: status ?? code ?? (isPost ? HttpStatus.CREATED : HttpStatus.OK),
    ...(type === undefined ? {} : { type }),
  };
}
