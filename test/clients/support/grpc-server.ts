import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { errors } from 'google-ads-api';
import { grpc, protobuf } from 'google-gax';

/** What the server does with a call that it has read. */
export type GrpcReply = (answer: grpc.sendUnaryData<Uint8Array>) => unknown;

/** A gRPC server on the loopback interface, in the place of Google Ads. */
export interface GrpcServer {
  readonly port: number;
  /** How many calls have reached it. */
  readonly calls: number;
  answerWith(reply: GrpcReply): void;
  /** Closes all connections, whatever is in flight. */
  stop(): void;
}

const MUTATE = '/google.ads.googleads.v25.services.GoogleAdsService/Mutate';

export async function startGrpcServer(): Promise<GrpcServer> {
  let reply: GrpcReply = () => undefined;
  let calls = 0;
  const server = new grpc.Server();
  const asIs = (bytes: Buffer) => bytes;
  const handle: grpc.handleUnaryCall<Buffer, Uint8Array> = (_call, answer) => {
    calls++;
    reply(answer);
  };
  server.register(MUTATE, handle, (bytes) => Buffer.from(bytes), asIs, 'unary');
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return {
    port,
    get calls() {
      return calls;
    },
    answerWith: (next) => {
      reply = next;
    },
    stop: () => server.forceShutdown(),
  };
}

/** A status, with what stands in its trailers. */
export function status(
  code: grpc.status,
  details: string,
  trailers: Readonly<Record<string, Uint8Array>> = {},
): GrpcReply {
  const metadata = new grpc.Metadata();
  for (const [name, bytes] of Object.entries(trailers)) metadata.set(name, Buffer.from(bytes));
  return (answer) => answer({ code, details, metadata });
}

export const FAILURE_TRAILER = 'google.ads.googleads.v25.errors.googleadsfailure-bin';

/** A status with a `GoogleAdsFailure`, as Google Ads answers it. */
export function failure(code: grpc.status, ...listed: readonly object[]): GrpcReply {
  return status(code, 'Request failed', { [FAILURE_TRAILER]: encodeFailure(listed) });
}

export function encodeFailure(listed: readonly object[], request_id = 'REQ123'): Uint8Array {
  return errors.GoogleAdsFailure.encode({ errors: listed, request_id }).finish();
}

const RPC = protobuf.parse(
  `syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message RetryInfo { Duration retry_delay = 1; }
  message ErrorInfo { string reason = 1; string domain = 2; }`,
  { keepCase: true },
).root;

/** A status with a detail of google.rpc (google/rpc/error_details.proto), which google-gax decodes. */
export function statusWith(
  code: grpc.status,
  type: 'RetryInfo' | 'ErrorInfo',
  detail: object,
): GrpcReply {
  const encode = (name: string, value: object) => RPC.lookupType(name).encode(value).finish();
  const any = { type_url: `type.googleapis.com/google.rpc.${type}`, value: encode(type, detail) };
  const message = { code, message: 'words', details: [any] };
  return status(code, 'words', { 'grpc-status-details-bin': encode('Status', message) });
}

/** What stands between a client and a server, and can part them. */
export interface Relay {
  readonly port: number;
  endAll(how: 'destroy' | 'resetAndDestroy'): void;
  close(): void;
}

export async function startRelay(to: number): Promise<Relay> {
  const sockets: Socket[] = [];
  const relay = createServer((socket) => {
    const upstream = connect(to, '127.0.0.1');
    sockets.push(socket);
    socket
      .on('close', () => upstream.destroy())
      .pipe(upstream)
      .pipe(socket);
  });
  await new Promise<void>((resolve) => {
    relay.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (relay.address() as AddressInfo).port,
    endAll: (how) => sockets.forEach((socket) => socket[how]()),
    close: () => void relay.close(),
  };
}
