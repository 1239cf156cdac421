import { read, readString } from '../errors/safe-read.js';
import { listIn, readCode, wordsIn } from './body.js';
import { durationSeconds, longest } from './retry-after.js';

/** `google.rpc.Status` as Google's REST APIs answer it (google/rpc/status.proto). */
export interface RpcStatus {
  /** The HTTP status. */
  readonly code: number | undefined;
  /** The name of the gRPC code. */
  readonly status: string | undefined;
  readonly message: string;
  readonly details: readonly unknown[];
}

/** The names of the gRPC codes by their numbers (google/rpc/code.proto). */
export const RPC_CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** The status in a body `{ error: { code, status, … } }`, or by itself as SDKs make it a cause. */
export function rpcStatusOf(body: object): RpcStatus | undefined {
  return statusIn(read(body, 'error')) ?? (nameIn(body) === undefined ? undefined : statusIn(body));
}

function statusIn(value: unknown): RpcStatus | undefined {
  const code = readCode(value, 'code');
  const status = nameIn(value);
  if (code === undefined && status === undefined) return undefined;
  return { code, status, message: wordsIn(value), details: listIn(value, 'details') };
}

// A proxy's own JSON has a status too, in words of its own.
function nameIn(value: unknown): string | undefined {
  const status = read(value, 'status');
  return RPC_CODES.find((name) => name === status);
}

/** The reason of `google.rpc.ErrorInfo`, such as `ACCESS_TOKEN_EXPIRED`. */
export function reasonIn(details: readonly unknown[]): string | undefined {
  for (const detail of details) {
    const reason = readString(detail, 'reason');
    if (reason !== undefined && readString(detail, 'domain') !== undefined) return reason;
  }
  return undefined;
}

/** The wait of `google.rpc.RetryInfo`, in seconds. */
export function retryInfoSeconds(details: readonly unknown[]): number | undefined {
  return longest(...details.map((detail) => durationSeconds(read(detail, 'retryDelay'))));
}
