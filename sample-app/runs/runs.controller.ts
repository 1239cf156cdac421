import { Controller, Param, Sse, type MessageEvent } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { map, type Observable } from 'rxjs';
import { Fields } from '../http/fields.js';
import { Runs } from './runs.js';

// For the page alone.
@ApiExcludeController()
@Controller('runs')
export class RunsController {
  constructor(private readonly runs: Runs) {}

  /** Watches the request that will be sent with this id as its `X-Request-Id`. */
  @Sse(':id/events')
  watch(@Param() params: unknown): Observable<MessageEvent> {
    const id = Fields.read(params, (fields) => fields.id('id'));
    return this.runs.watch(id).pipe(map((data) => ({ data })));
  }
}
