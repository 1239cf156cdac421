import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { constant, RetryableModule } from 'nestjs-retryable';
import { ToolsController } from './tools.controller';
import { ToolsService } from './tools.service';

@Module({
  imports: [
    LoggerModule.forRoot(),
    RetryableModule.forRoot({ platforms: { mcp: { maxRetries: 2, backoff: constant(0) } } }),
  ],
  controllers: [ToolsController],
  providers: [ToolsService],
})
export class AppModule {}
