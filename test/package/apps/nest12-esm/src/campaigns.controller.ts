import { Controller, Param, Post } from '@nestjs/common';
import { type Campaign, CampaignsService } from './campaigns.service.js';

@Controller('campaigns')
export class CampaignsController {
  constructor(private readonly campaigns: CampaignsService) {}

  @Post(':name')
  create(@Param('name') name: string): Promise<Campaign> {
    return this.campaigns.create(name);
  }
}
