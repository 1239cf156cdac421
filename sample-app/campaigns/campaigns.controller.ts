import { Body, Controller, HttpStatus, Post, Res } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { ApiPlatformErrors } from '../adapters/api-platform-errors.js';
import { ApiExample } from '../http/api-example.js';
import { Info, type RequestInfo, type StatusSetter } from '../http/request-info.js';
import { CampaignManager, type CampaignResult } from './campaign-manager.js';
import { readCampaignPlan } from './campaign-plan.js';

@Controller('campaigns')
export class CampaignsController {
  constructor(private readonly campaigns: CampaignManager) {}

  /** 201 where all of it is there, 207 where some of it is; an error where nothing is. */
  @Post()
  @ApiExample({
    platform: 'meta',
    account: 'shop',
    name: 'Spring',
    ad_sets: [
      { name: 'Paris', daily_budget: 50, ads: [{ name: 'Blue', headline: 'A blue dress' }] },
    ],
  })
  @ApiResponse({ status: 201, description: 'All of it is there' })
  @ApiResponse({ status: 207, description: 'Some of it is there' })
  @ApiPlatformErrors('createCampaign')
  async create(
    @Body() body: unknown,
    @Info() info: RequestInfo,
    @Res({ passthrough: true }) response: StatusSetter,
  ): Promise<CampaignResult> {
    const result = await this.campaigns.create(readCampaignPlan(body), info);
    response.status(result.status === 'complete' ? HttpStatus.CREATED : HttpStatus.MULTI_STATUS);
    return result;
  }
}
