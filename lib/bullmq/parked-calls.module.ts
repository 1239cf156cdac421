import {
  Inject,
  Module,
  Optional,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { BullModule, getQueueToken } from '@nestjs/bullmq';
import type { Queue } from 'bullmq';
import { requireRuntime } from '../application-runtime.js';
import { OperationLogger } from '../operation-logger.js';
import type { RetryRuntime } from '../retry/retry-runtime.js';
import { LOGGER, RUNTIME } from '../retryable.tokens.js';
import { CallParking } from './call-parking.js';
import type { ParkedCallData } from './parked-call-data.js';
import { ParkedCalls } from './parked-calls.js';
import { ParkedCallsLog } from './parked-calls.log.js';
import { checkParkedCallsOptions, QUEUE, type ParkedCallsOptions } from './parked-calls.options.js';
import { ParkedCallsWorker } from './parked-calls.worker.js';
import { ParkedMethods } from './parked-methods.js';

const OPTIONS = Symbol('nestjs-retryable:parked-calls-options');
const PARKING_QUEUE = Symbol('nestjs-retryable:parking-queue');

/**
 * Has calls with `park` wait in a queue of BullMQ where their platform asks for a long wait, and makes
 * them when it is over, in whatever process. Global. Needs `RetryableModule` and `BullModule.forRoot`.
 *
 * @throws TypeError at boot, where an option is not allowed, or nobody could say which method a name
 * in `park` means
 * @example
 * \@Module({
 *   imports: [
 *     RetryableModule.forRoot(),
 *     BullModule.forRoot({ connection: { url: 'redis://127.0.0.1:6379' } }),
 *     ParkedCallsModule.forRoot(),
 *   ],
 * })
 * export class AppModule {}
 * @publicApi
 */
@Module({})
export class ParkedCallsModule
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  /** Registers the queue; every option has a default. */
  static forRoot(options: ParkedCallsOptions = {}): DynamicModule {
    checkParkedCallsOptions(options);
    const { queue = QUEUE, configKey } = options;
    return {
      module: ParkedCallsModule,
      global: true,
      imports: [BullModule.registerQueue({ name: queue, ...(configKey && { configKey }) })],
      providers: [
        ParkedMethods,
        { provide: OPTIONS, useValue: options },
        { provide: PARKING_QUEUE, useExisting: getQueueToken(queue) },
        {
          provide: ParkedCalls,
          inject: [PARKING_QUEUE],
          useFactory: (parking: Queue<ParkedCallData>) => new ParkedCalls(parking),
        },
      ],
      exports: [ParkedCalls],
    };
  }

  private readonly runtime: RetryRuntime;
  private readonly parking: CallParking;
  private readonly worker: ParkedCallsWorker | undefined;

  constructor(
    @Inject(OPTIONS) options: ParkedCallsOptions,
    @Inject(PARKING_QUEUE) private readonly queue: Queue<ParkedCallData>,
    private readonly methods: ParkedMethods,
    @Optional() @Inject(RUNTIME) given?: RetryRuntime,
    @Optional() @Inject(LOGGER) logger?: OperationLogger,
  ) {
    this.runtime = requireRuntime(given, 'ParkedCallsModule');
    this.parking = new CallParking(queue, methods, options);
    this.runtime.parking ??= this.parking;
    const log = new ParkedCallsLog(logger ?? new OperationLogger());
    queue.on('error', (error) => log.queueFailed(queue.name, error));
    const { worker = {} } = options;
    if (worker !== false)
      this.worker = new ParkedCallsWorker(queue, methods, log, this.runtime.observer, worker);
  }

  onModuleInit(): void {
    if (this.runtime.parking !== this.parking) {
      throw new TypeError(
        `Expected one ParkedCallsModule in an application, got two, one of them with the queue '${this.queue.name}'.`,
      );
    }
    this.methods.collect();
  }

  // Not before: what it calls is ready only now.
  onApplicationBootstrap(): void {
    this.worker?.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.worker?.pause();
  }

  async onApplicationShutdown(): Promise<void> {
    this.runtime.parking = undefined;
    await this.worker?.close();
  }
}
