import { read, readString } from '../errors/safe-read.js';
import { CATEGORIES } from './google-ads-categories.js';

/** Longer trailers are not read: gRPC allows 8 KiB of metadata by default. */
const MAX_LENGTH = 2 ** 16;
const MAX_MESSAGES = 51;

/**
 * The `GoogleAdsFailure` in the trailer of an error of @grpc/grpc-js, in the shape of google-ads-api;
 * the name of the trailer has the version of the API in it.
 */
export function failureInTrailer(error: object): object | undefined {
  const trailers = trailersOf(error);
  const name = Object.keys(trailers).find((key) => key.endsWith('.googleadsfailure-bin'));
  return name === undefined ? undefined : decoded(read(trailers, name));
}

/** The one in a `google.protobuf.Any`, as google-ads-node leaves it beside results. */
export function failureInAny(detail: unknown): object | undefined {
  const isFailure = readString(detail, 'type_url')?.endsWith('.GoogleAdsFailure') === true;
  return isFailure ? decoded(read(detail, 'value')) : undefined;
}

function decoded(bytes: unknown): object | undefined {
  if (!(bytes instanceof Uint8Array) || bytes.length > MAX_LENGTH) return undefined;
  const failure = fieldsOf(bytes);
  return {
    errors: messages(failure, 1).map(errorOf),
    request_id: textIn(failure, 2),
  };
}

function trailersOf(error: object): object {
  const metadata = read(error, 'metadata');
  if (typeof read(metadata, 'getMap') !== 'function') return {};
  try {
    return Object((metadata as { getMap(): unknown }).getMap()) as object;
  } catch {
    return {};
  }
}

function errorOf(error: Fields): object {
  const [code] = messages(error, 1)[0] ?? [];
  const [details] = messages(error, 5);
  const [quota] = messages(details, 4);
  const [delay] = messages(quota, 3);
  const [number = 0, [value = 0] = []] = code ?? [];
  return {
    error_code: { [CATEGORIES.get(number) ?? 'unknown']: value },
    message: textIn(error, 2),
    details: {
      quota_error_details: {
        retry_delay: { seconds: delay?.get(1)?.[0], nanos: delay?.get(2)?.[0] },
      },
    },
  };
}

/** What a message has by the numbers of its fields. */
type Fields = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

function messages(fields: Fields | undefined, number: number): Fields[] {
  return bytesIn(fields, number).slice(0, MAX_MESSAGES).map(fieldsOf);
}

function textIn(fields: Fields, number: number): string | undefined {
  const [bytes] = bytesIn(fields, number);
  return bytes && new TextDecoder().decode(bytes);
}

function bytesIn(fields: Fields | undefined, number: number): Uint8Array[] {
  return (fields?.get(number) ?? []).filter((value) => value instanceof Uint8Array);
}

/** protobuf.dev/programming-guides/encoding; ends at what is cut off or of an unknown kind. */
function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, (number | Uint8Array)[]>();
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; position < bytes.length; factor *= 128) {
      const byte = bytes[position++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) break;
    }
    return value;
  };
  while (position < bytes.length) {
    const tag = varint();
    const kind = tag % 8;
    const number = Math.floor(tag / 8);
    if (kind !== 0 && kind !== 2) {
      if (kind !== 1 && kind !== 5) break;
      position += kind === 1 ? 8 : 4;
      continue;
    }
    const value = varint();
    const values = fields.get(number) ?? [];
    fields.set(number, values);
    if (kind === 2 && position + value > bytes.length) break;
    values.push(kind === 0 ? value : bytes.subarray(position, (position += value)));
  }
  return fields;
}
