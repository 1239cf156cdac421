/** What decides of one client's retries beside the package. */
export interface Throttle {
  /** An attempt has failed, whether or not another one may follow. */
  failed(): void;
  /** Whether the next retry may be made; it is made if so. */
  allows(): boolean;
  /** @param isRetry the attempt that succeeded was not the first one */
  succeeded(isRetry: boolean): void;
}

/** `standard` of the AWS SDKs: 500 tokens, 5 a retry; a retry that succeeds gives them back. */
export class AwsStandard implements Throttle {
  private static readonly max = 500;
  private static readonly price = 5;
  private tokens = AwsStandard.max;

  failed(): void {}

  allows(): boolean {
    if (this.tokens < AwsStandard.price) return false;
    this.tokens -= AwsStandard.price;
    return true;
  }

  succeeded(isRetry: boolean): void {
    this.tokens = Math.min(AwsStandard.max, this.tokens + (isRetry ? AwsStandard.price : 1));
  }
}

/** `retryThrottling` of gRPC: failures cost a token, and above half of them retries are made. */
export class GrpcThrottling implements Throttle {
  private static readonly maxTokens = 100;
  private static readonly tokenRatio = 0.1;
  private tokens = GrpcThrottling.maxTokens;

  failed(): void {
    this.tokens = Math.max(0, this.tokens - 1);
  }

  allows(): boolean {
    return this.tokens > GrpcThrottling.maxTokens / 2;
  }

  succeeded(): void {
    this.tokens = Math.min(GrpcThrottling.maxTokens, this.tokens + GrpcThrottling.tokenRatio);
  }
}
