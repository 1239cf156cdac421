import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { ApiOkResponse, ApiParam } from '@nestjs/swagger';
import { ParkedCalls, type ParkedCall } from 'nestjs-retryable/bullmq';
import { ApiErrorResponses } from 'nestjs-retryable/swagger';

@Controller('parked-calls')
export class ParkedCallsController {
  constructor(private readonly parkedCalls: ParkedCalls) {}

  /** What has become of a call that was answered with 202. */
  @Get(':jobId')
  @ApiParam({ name: 'jobId', description: '`job_id` in the `details` of that answer' })
  @ApiOkResponse({
    description:
      '`state` is `waiting`, `running`, `completed` or `failed`. The `result` of a campaign is its id: ' +
      'POST the campaign again with it, and the rest is created',
  })
  @ApiErrorResponses({ types: ['NOT_FOUND'] })
  async find(@Param('jobId') jobId: string): Promise<ParkedCall> {
    // Only who has made the call knows its id. Where there are users, ask here whose it is.
    const call = await this.parkedCalls.find(jobId);
    if (call === undefined) throw new NotFoundException('No such parked call');
    return call;
  }
}
