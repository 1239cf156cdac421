import { redactForClients } from '../errors/redact.js';
import { read, readString } from '../errors/safe-read.js';
import { NO_DETAILS, ServiceError } from '../errors/service-error.js';

const MAX_TEXT = 200;
const MAX_ITEMS = 20;
const REQUEST_ID = 'platform_request_id';

/** What a client may see of an error's details: the keys its class declares, each value bounded. */
export function publicDetails(
  error: ServiceError,
  retryAfter: number | undefined,
): Record<string, unknown> | undefined {
  const found: Record<string, unknown> = {};
  for (const key of declaredKeys(error)) {
    const value = key === REQUEST_ID ? requestIdOf(error) : publicValue(read(error.details, key));
    if (value !== undefined) found[key] = value;
  }
  const throttled = error.type === 'API_RATE_LIMIT' || error.type === 'AI_MODEL_QUOTA_EXCEEDED';
  if (retryAfter !== undefined && (throttled || error.retryAfter !== undefined)) {
    found['retry_after'] = retryAfter;
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

/** A platform's support asks for it; like a token it is random, but shorter than one. */
function requestIdOf(error: ServiceError): string | undefined {
  const id = readString(error.details, REQUEST_ID);
  return id !== undefined && /^[\w.-]{1,36}$/.test(id) ? id : undefined;
}

// A class of the application may be of any shape.
function declaredKeys(error: ServiceError): readonly string[] {
  if (error.details === NO_DETAILS) return [];
  const declared = read(read(error, 'constructor'), 'publicDetails');
  const keys = Array.isArray(declared) ? declared : ServiceError.publicDetails;
  return keys.filter((key): key is string => typeof key === 'string');
}

function publicValue(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .slice(0, MAX_ITEMS)
      .map(publicItem)
      .filter((item) => item !== undefined);
  }
  return publicScalar(value);
}

/** One entry of a list of mistakes: a text, or the field and what is wrong with it. */
function publicItem(item: unknown): unknown {
  const scalar = publicScalar(item);
  if (scalar !== undefined) return scalar;
  const field = readString(item, 'field') ?? readString(item, 'property');
  const message = readString(item, 'message');
  if (field === undefined && message === undefined) return undefined;
  return {
    ...(field === undefined ? {} : { field: redactForClients(field, MAX_TEXT) }),
    ...(message === undefined ? {} : { message: redactForClients(message, MAX_TEXT) }),
  };
}

function publicScalar(value: unknown): string | number | boolean | undefined {
  if (typeof value === 'string') return redactForClients(value, MAX_TEXT);
  if (typeof value === 'boolean') return value;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
