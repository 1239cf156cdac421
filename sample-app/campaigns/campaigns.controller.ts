import { Body, Controller, HttpStatus, Post, Res } from '@nestjs/common';
import { Info, type RequestInfo, type StatusSetter } from '../http/request-info.js';
import { CampaignManager, type CampaignResult } from './campaign-manager.js';
import { readCampaignPlan } from './campaign-plan.js';

@Controller('campaigns')
export class CampaignsController {
  constructor(private readonly campaigns: CampaignManager) {}

  /** 201 where all of it is there, 207 where some of it is; an error where nothing is. */
  @Post()
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
