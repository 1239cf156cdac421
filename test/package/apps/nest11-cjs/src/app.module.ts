import { Module } from '@nestjs/common';
import { RetryableModule } from 'nestjs-retryable';
import { CopyController } from './copy.controller';
import { CopyService } from './copy.service';

@Module({
  imports: [RetryableModule.forRoot()],
  controllers: [CopyController],
  providers: [CopyService],
})
export class AppModule {}
