import type { Attributes } from '@opentelemetry/api';
import { describeError } from '../errors/describe-error.js';
import { redactName } from '../errors/redact-name.js';
import type { WatchedCall } from '../retry/call-watcher.js';

/** What every span and every measurement says of its call. */
export function attributesOf({ policy }: WatchedCall): Attributes {
  const { context, platform } = policy;
  const attributes: Attributes = { 'retryable.context': redactName(context) };
  if (platform !== undefined) attributes['retryable.platform'] = redactName(platform);
  return attributes;
}

/** `error.type` of the semantic conventions: our type where there is one, else the class's name. */
export function errorTypeOf(error: unknown): string {
  const { type, error_type } = describeError(error);
  return type ?? error_type;
}
