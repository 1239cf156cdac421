import { BullModule } from '@nestjs/bullmq';
import { ParkedCallsModule } from 'nestjs-retryable/bullmq';
import { redisStores } from 'nestjs-retryable/redis';
import { ParkedCallsController } from './parked-calls.controller.js';

/** What the application has in addition where there is a Redis; nothing else of it needs bullmq or ioredis. */
export function withRedis(url: string) {
  return {
    /** What one process learns of an account, the others know too. */
    stores: redisStores(url),
    imports: [BullModule.forRoot({ connection: { url } }), ParkedCallsModule.forRoot()],
    controllers: [ParkedCallsController],
  };
}
