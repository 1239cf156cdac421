import { Body, Controller, HttpStatus, Post, Res } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { ApiPlatformErrors } from '../adapters/api-platform-errors.js';
import { ApiExample } from '../http/api-example.js';
import { Fields } from '../http/fields.js';
import { Info, type RequestInfo, type StatusSetter } from '../http/request-info.js';
import { readRule } from './rule.js';
import { RuleEngine, type RuleResult } from './rule-engine.js';

@Controller('rules')
export class RulesController {
  constructor(private readonly engine: RuleEngine) {}

  /** 200 where every action was done, 207 where one was not. */
  @Post('run')
  @ApiExample({
    platform: 'meta',
    account: 'shop',
    rules: [
      {
        name: 'Pause what costs more than 25 a sale',
        when: { metric: 'cost_per_conversion', is: 'above', value: 25 },
        then: { action: 'pause' },
      },
    ],
  })
  @ApiResponse({ status: 200, description: 'Every action was done' })
  @ApiResponse({ status: 207, description: 'One was not' })
  @ApiPlatformErrors('listAdSets')
  async run(
    @Body() body: unknown,
    @Info() info: RequestInfo,
    @Res({ passthrough: true }) response: StatusSetter,
  ): Promise<{ results: RuleResult[] }> {
    const run = Fields.read(body, (fields) => ({
      platform: fields.text('platform'),
      account: fields.id('account'),
      rules: fields.list('rules', readRule),
    }));
    const results = await this.engine.run(run, info);
    const failed = results.some(({ status }) => status.endsWith('failed'));
    response.status(failed ? HttpStatus.MULTI_STATUS : HttpStatus.OK);
    return { results };
  }
}
