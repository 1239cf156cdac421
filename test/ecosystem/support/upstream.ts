import { Injectable } from '@nestjs/common';
import { defer, type Observable } from 'rxjs';
import { PlatformServiceError, Retryable } from 'nestjs-retryable';

/** What the upstream says to us and no client may ever read. */
export const secret = 'upstream said: token=s3cr3t';

/** An error that is worth a retry. */
export const outage = () => new PlatformServiceError('meta', { message: secret });

/** A platform that fails that many times and then answers with the number of the call. */
@Injectable()
export class Upstream {
  calls = 0;

  constructor(private readonly failures: number) {}

  async call(): Promise<string> {
    this.calls += 1;
    if (this.calls <= this.failures) throw outage();
    return `answer ${this.calls}`;
  }

  call$(): Observable<string> {
    return defer(() => this.call());
  }
}

/** The decorated service that handlers call which are not decorated themselves. */
@Injectable()
export class Adapter {
  constructor(private readonly upstream: Upstream) {}

  @Retryable({ context: 'operation', platform: 'meta' })
  async call(): Promise<string> {
    return this.upstream.call();
  }
}
