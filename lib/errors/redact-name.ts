import { redact } from './redact.js';
import { remembered } from './remembered.js';

const MAX_LENGTH = 200;

const redacted = remembered((name) => redact(name, MAX_LENGTH), MAX_LENGTH);

/**
 * The name of an operation, a platform or a type, fit to be shown: it may have been made of an
 * argument, and without types be anything.
 */
export function redactName(name: unknown): string {
  return redacted(String(name));
}
