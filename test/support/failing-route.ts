import { Controller, Get, type Type } from '@nestjs/common';

/** A controller whose `GET /fail` throws what it is told to. */
export function failingRoute(thrown: () => unknown): Type {
  @Controller()
  class FailingRoute {
    @Get('fail')
    fail(): never {
      throw thrown();
    }
  }
  return FailingRoute;
}
