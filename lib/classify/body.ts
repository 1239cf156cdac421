import { types } from 'node:util';
import { read, readString } from '../errors/safe-read.js';
import { readBodyOf } from './response-body.js';

/** Longer texts are not parsed: what says why a request failed is short. */
const MAX_LENGTH = 2 ** 20;
/** How many members of a body that is a list are looked at. */
const MAX_ITEMS = 10;
/** How much of a text is searched for words. */
const MAX_WORDS = 2000;

/**
 * Whatever may be the body of the response behind an error, the likeliest first, and the error
 * itself last: where axios, got, superagent, ofetch, gaxios, undici and SDKs keep it, decoded from
 * text and bytes, and what a message has of JSON.
 */
export function* bodiesOf(error: object): Generator<object> {
  yield* objectsIn(readBodyOf(error));
  const response = read(error, 'response');
  for (const key of ['data', 'body', '_data', 'text']) yield* objectsIn(read(response, key));
  yield* objectsIn(response);
  for (const key of ['data', 'body', 'error', '_data']) yield* objectsIn(read(error, key));
  yield* objectsIn(jsonIn(readString(error, 'message')));
  yield* objectsIn(error);
}

/** The object that a value is or holds as text or bytes; of a list, its first members. */
export function* objectsIn(value: unknown): Generator<object> {
  const decoded = typeof value === 'object' ? (textOf(value) ?? value) : value;
  const found = typeof decoded === 'string' ? parsed(decoded) : decoded;
  if (typeof found !== 'object' || found === null) return;
  const items = Array.isArray(found) ? (found.slice(0, MAX_ITEMS) as unknown[]) : [found];
  for (const item of items) {
    if (typeof item === 'object' && item !== null) yield item;
  }
}

function textOf(value: unknown): string | undefined {
  const isBytes = types.isUint8Array(value) || types.isArrayBuffer(value);
  if (!isBytes || value.byteLength > MAX_LENGTH) return undefined;
  return new TextDecoder().decode(value);
}

function parsed(text: string): unknown {
  if (text.length > MAX_LENGTH || !/^\s{0,100}[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Some clients put text of their own before the body.
function jsonIn(message: string | undefined): string | undefined {
  const start = message?.slice(0, MAX_WORDS).search(/[[{]/) ?? -1;
  return start < 0 ? undefined : message?.slice(start);
}

/** A code, also where it is written as text. */
export function readCode(value: unknown, key: string): number | undefined {
  const found = read(value, key);
  if (Number.isSafeInteger(found)) return found as number;
  return typeof found === 'string' && /^-?\d{1,10}$/.test(found) ? Number(found) : undefined;
}

/** A text that is looked at for words, of bounded length; empty where there is none. */
export function wordsIn(value: unknown, key = 'message'): string {
  return (readString(value, key) ?? '').slice(0, MAX_WORDS);
}

/** The first of the objects for which a reader has an answer. */
export function firstOf<T>(
  bodies: Iterable<object>,
  reader: (body: object) => T | undefined,
): T | undefined {
  for (const body of bodies) {
    const found = reader(body);
    if (found !== undefined) return found;
  }
  return undefined;
}
