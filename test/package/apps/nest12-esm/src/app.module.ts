import { Module } from '@nestjs/common';
import { RetryableModule } from 'nestjs-retryable';
import { CampaignsController } from './campaigns.controller.js';
import { CampaignsService } from './campaigns.service.js';

@Module({
  imports: [RetryableModule.forRoot()],
  controllers: [CampaignsController],
  providers: [CampaignsService],
})
export class AppModule {}
