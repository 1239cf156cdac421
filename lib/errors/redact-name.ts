import { redact } from './redact.js';

const MAX_LENGTH = 200;
const MAX_NAMES = 1000;

const names = new Map<string, string>();

/**
 * The name of an operation, a platform or a type, fit to be shown: it may have been made of an
 * argument, and without types be anything. An application has few, and each is looked at once.
 */
export function redactName(name: unknown): string {
  const text = String(name);
  let shown = names.get(text);
  if (shown === undefined) {
    shown = redact(text, MAX_LENGTH);
    if (names.size < MAX_NAMES && text.length <= MAX_LENGTH) names.set(text, shown);
  }
  return shown;
}
