import { isBranded } from './brand.js';
import { redactName } from './redact-name.js';
import { redact } from './redact.js';
import { remembered } from './remembered.js';
import { read, readString } from './safe-read.js';
import { isServiceError } from './service-error.js';

/** The longest error text in a log line, in characters. */
const MAX_MESSAGE = 500;
const MAX_FRAMES = 15;
const MAX_STACK_LINES = 200;
const FRAME = /^\s{0,8}at /;

/** What is safe to print of an error. @publicApi */
export interface ErrorDescription {
  /** The name of its class. */
  readonly error_type: string;
  readonly error_message: string;
  /** Type and code, where the error is one of this package's. */
  readonly type?: string;
  readonly error_code?: string;
}

/** What is safe to print of any thrown value; never throws. */
export function describeError(error: unknown): ErrorDescription {
  const description = {
    error_type: redactName(classNameOf(error)),
    error_message: shown(messageOf(error)),
  };
  if (!isServiceError(error)) return description;
  return {
    ...description,
    type: redactName(readString(error, 'type') ?? 'UNKNOWN_ERROR'),
    error_code: redactName(readString(error, 'code') ?? '1000'),
  };
}

/** Where an error was made: its frames without the message above them, or undefined. */
export function stackOf(error: unknown): string | undefined {
  const frames = (readString(error, 'stack') ?? '')
    .split('\n', MAX_STACK_LINES)
    .filter((line) => FRAME.test(line))
    .slice(0, MAX_FRAMES);
  if (frames.length === 0) return undefined;
  return frames.map((frame) => `    ${shown(frame)}`).join('\n');
}

/** A message or a frame, fit to be shown. */
const shown = remembered((text) => redact(text, MAX_MESSAGE), MAX_MESSAGE);

function classNameOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return error === null ? 'null' : typeof error;
  const ofClass = read(error, 'constructor');
  const name = readString(error, 'name');
  // A minifier renames our classes, but not the names that they give their errors.
  if (isServiceError(error) && isBranded(ofClass)) return name ?? 'ServiceError';
  return readString(ofClass, 'name') || name || 'object';
}

function messageOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null) return '';
  return readString(error, 'message') ?? '';
}
