import { types } from 'node:util';
import { read, readNumber, readString } from '../errors/safe-read.js';
import { readBodyOf } from './response-body.js';

/** Longer texts are not parsed: what says why a request failed is short. */
const MAX_LENGTH = 2 ** 20;
/** How many members of a list are looked at; a batch of Meta has no more. */
const MAX_ITEMS = 50;
/** How much of a text is searched for words. */
const MAX_WORDS = 2000;

/**
 * Whatever may be the body of the response behind an error, the likeliest first, and the error
 * itself last: where axios, got, superagent, ofetch, gaxios, undici and SDKs keep it, decoded from
 * text and bytes, and what a message has of JSON.
 */
export function* bodiesOf(error: object): Generator<object> {
  const response = read(error, 'response');
  yield* objectsIn(readBodyOf(error) ?? readBodyOf(response));
  let text: unknown; // some clients keep it twice
  for (const [holder, keys] of [
    [response, IN_RESPONSE],
    [error, IN_ERROR],
  ] as const) {
    for (const key of keys) {
      const place = key === undefined ? holder : read(holder, key);
      if (place === text) continue;
      if (typeof place === 'string') text = place;
      yield* objectsIn(place);
    }
  }
  yield* objectsIn(jsonIn(readString(error, 'message')));
  yield* objectsIn(error);
}

/** Where bodies are; the SDK of Meta keeps one as the response itself. */
const IN_RESPONSE = ['data', 'body', '_data', 'text', undefined] as const;
const IN_ERROR = ['data', 'body', 'error', '_data'] as const;

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
  if (text.length > MAX_LENGTH || !/^\uFEFF?\s{0,100}[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
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
  const found = readAmount(value, key);
  return Number.isSafeInteger(found) ? found : undefined;
}

/** A number, also where it is written as text. */
export function readAmount(value: unknown, key: string): number | undefined {
  const text = readString(value, key);
  const isNumber = text !== undefined && /^-?\d{1,10}(?:\.\d{1,10})?$/.test(text);
  return isNumber ? Number(text) : readNumber(value, key);
}

/** A text that is looked at for words, of bounded length; empty where there is none. */
export function wordsIn(value: unknown, key = 'message'): string {
  return (readString(value, key) ?? '').slice(0, MAX_WORDS);
}

/** A bounded part of a list. */
export function listIn(value: unknown, key: string): readonly unknown[] {
  const list = read(value, key);
  return Array.isArray(list) ? (list.slice(0, MAX_ITEMS) as unknown[]) : [];
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
