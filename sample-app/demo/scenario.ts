/** A request to the application. */
export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  /** Sent as `Accept-Language`; without it the application answers in zh-CN. */
  readonly language?: 'en';
  /** The client closes the connection while the application waits before a retry. */
  readonly hangsUp?: boolean;
}

/** What must come of a call. */
export interface Promised {
  /** Undefined where the client has gone before an answer. */
  readonly status: number | undefined;
  /** Every request that the platform got, in turn: `create campaign: HTTP 503`. */
  readonly requests: readonly string[];
  /** The milliseconds waited before each retry. */
  readonly waits: readonly number[];
  /** Values in the JSON of the answer, by their path. */
  readonly json?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the platform holds in the end. */
  readonly holds?: { readonly campaigns: number; readonly ad_sets: number; readonly ads: number };
}

export interface Step {
  /** A call, or what becomes of the answer before. */
  readonly call: Call | ((answer: unknown) => Call);
  readonly promised: Promised;
}

export interface Scenario {
  readonly title: string;
  /** One sentence: why it must be so. */
  readonly why: string;
  /** `platform/account`: no other scenario uses the same. */
  readonly upstream: string;
  readonly steps: readonly Step[];
  /** Prints what the application logged on the way. */
  readonly showsLog?: boolean;
}

export interface Chapter {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}

/** One request that a platform tells of. */
export interface UpstreamRequest {
  readonly operation: string;
  readonly answer: string;
  readonly began: number;
  readonly ended?: number;
}

/** A line of the application's log. */
export interface LogLine {
  readonly level: number;
  readonly msg?: string;
  readonly req?: { readonly id?: unknown };
  readonly [field: string]: unknown;
}

/** What really came of a call. */
export interface Observed {
  readonly call: Call;
  readonly status: number | undefined;
  readonly headers: Headers;
  readonly body: unknown;
  readonly requests: readonly UpstreamRequest[];
  readonly holds: NonNullable<Promised['holds']>;
  readonly log: readonly LogLine[];
}
