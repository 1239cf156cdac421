import type { ParkedCall, ParkedCallsWorkerOptions } from 'nestjs-retryable/bullmq';
import { AppProcess } from '../support/processes.js';

/** The calls that the application can make. */
export type Method = 'create' | 'createOnce' | 'createByKey' | 'read';

export interface ProcessParts {
  readonly prefix: string;
  readonly platform: string;
  /** How it makes the calls that are due; without it, it only parks. */
  readonly worker?: ParkedCallsWorkerOptions;
  /** For Node itself. */
  readonly flags?: string[];
}

/** One process of the application with campaigns. */
export class CampaignsProcess {
  private constructor(private readonly app: AppProcess) {}

  static async start({ prefix, platform, worker, flags }: ProcessParts): Promise<CampaignsProcess> {
    const variables = {
      PREFIX: prefix,
      PLATFORM: platform,
      WORKER: JSON.stringify(worker ?? false),
    };
    return new CampaignsProcess(await AppProcess.launch('campaigns', variables, flags));
  }

  get id(): string {
    return this.app.id;
  }

  /** Makes a call that its platform puts off. @returns its job */
  async park(call: Method, account: string, name: string): Promise<string> {
    interface Answer {
      readonly type?: string;
      readonly message?: string;
      readonly jobId?: string;
    }
    const { type, message, jobId } = await this.app.ask<Answer>({ call, account, name });
    if (type === 'PARKED' && jobId !== undefined) return jobId;
    throw new Error(`${name} was not parked: ${type ?? 'it succeeded'} ${message}\n${this.output}`);
  }

  /** What has become of a call. */
  async find(jobId: string) {
    const { call } = await this.app.ask<{ readonly call?: ParkedCall }>({ find: jobId });
    return call;
  }

  /** What is left in its heap, in bytes, once the garbage is gone. */
  async heap(): Promise<number> {
    const { bytes } = await this.app.ask<{ readonly bytes: number }>({ heap: true });
    return bytes;
  }

  get output(): string {
    return this.app.output;
  }

  kill(): Promise<void> {
    return this.app.kill();
  }
}
