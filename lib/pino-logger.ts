import type { InjectionToken, Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { redact } from './errors/redact.js';
import { read, readString } from './errors/safe-read.js';
import type { ModulesContainer } from './nest-core.js';
import type { StructuredLogger } from './nest-logger.js';

/** The part of a pino logger that is used here. */
interface Pino extends StructuredLogger {
  readonly level: string;
  bindings(): Record<string, unknown>;
  child(bindings: object, options: object): Pino;
}

/**
 * The application's nestjs-pino, if it has one. What pino-http binds of the client's request is cut
 * to its id, method and path: the rest of its URL and its headers are full of secrets.
 */
export async function findPinoLogger(
  modules: ModulesContainer,
): Promise<StructuredLogger | undefined> {
  // By name among the application's own providers: an import of the optional package could fail,
  // and could find another copy than the one the application registered.
  for (const { providers } of modules.values()) {
    const token = classNamed(providers, 'PinoLogger');
    const found = token && (await resolve(token, providers));
    if (isStructuredLogger(found)) return withRequestsCut(found);
  }
  return undefined;
}

type Providers = ReadonlyMap<InjectionToken, { readonly instance?: unknown }>;

function classNamed(providers: Providers, name: string): Type | undefined {
  const tokens = [...providers.keys()];
  return tokens.find((token) => typeof token === 'function' && token.name === name) as
    Type | undefined;
}

// By the reference that Nest gives every module. Found by name too: loading the class takes a fifth
// of the time that all of this package takes, only to be a token.
async function resolve(token: Type, providers: Providers): Promise<unknown> {
  const ofReference = classNamed(providers, 'ModuleRef');
  const reference = ofReference && (providers.get(ofReference)?.instance as ModuleRef | undefined);
  try {
    return await reference?.resolve<unknown>(token, undefined, { strict: false });
  } catch {
    return undefined; // no application should fail to start for how its lines are written
  }
}

function isStructuredLogger(value: unknown): value is StructuredLogger {
  return ['info', 'warn', 'error'].every((level) => typeof read(value, level) === 'function');
}

function isPino(value: unknown): value is Pino {
  return isStructuredLogger(value) && typeof read(value, 'bindings') === 'function';
}

/** Writes each line with the logger of the current request, cut, or with nestjs-pino itself. */
export function withRequestsCut(nestjsPino: StructuredLogger): StructuredLogger {
  const cut = new WeakMap<Pino, StructuredLogger>();
  const root = read(nestjsPino, 'logger'); // no request is being served yet
  const current = (): StructuredLogger => {
    const pino = read(nestjsPino, 'logger');
    if (!isPino(pino) || !isPino(root)) return nestjsPino;
    let logger = cut.get(pino);
    if (logger === undefined) {
      logger = knowsRequest(pino) ? requestCut(pino, root) : nestjsPino;
      cut.set(pino, logger);
    }
    return logger;
  };
  return {
    info: (fields, event) => current().info(fields, event),
    warn: (fields, event) => current().warn(fields, event),
    error: (fields, event) => current().error(fields, event),
  };
}

function knowsRequest(pino: Pino): boolean {
  return Object.entries(pino.bindings()).some(([name, value]) => holdsRequest(name, value));
}

/** By itself, or as a member such as `http.request`. */
function holdsRequest(name: string, value: unknown): boolean {
  if (isRequest(name, value)) return true;
  return entriesOf(value).some(([key, member]) => isRequest(key, member));
}

/** A logger that has all that this one has bound, the request cut. */
function requestCut(pino: Pino, root: Pino): Pino {
  const bindings = pino.bindings();
  const parent = withoutRequest(pino) ?? root;
  const inherited = parent.bindings();
  const names = Object.keys(bindings).filter((name) => !(name in inherited));
  const kept = names.map((name) => [name, withoutSecrets(name, bindings[name])]);
  // What is bound has been serialized: the application's serializers are not for these values.
  const serializers = Object.fromEntries(names.map((name) => [name, (value: unknown) => value]));
  return parent.child(Object.fromEntries(kept), { level: pino.level, serializers });
}

/** The nearest logger that this one was made from and that knows of no request. */
function withoutRequest(pino: Pino): Pino | undefined {
  let logger: unknown = pino;
  // A child of a pino logger inherits from its parent.
  while (isPino(logger) && knowsRequest(logger)) logger = Object.getPrototypeOf(logger);
  return isPino(logger) ? logger : undefined;
}

/** pino-http's own name for it, or what looks like it: `customAttributeKeys` may rename it. */
function isRequest(name: string, value: unknown): boolean {
  if (name === 'req') return true;
  return typeof read(value, 'headers') === 'object' || typeof read(value, 'method') === 'string';
}

function withoutSecrets(name: string, value: unknown): unknown {
  if (isRequest(name, value)) return cutRequest(value);
  if (!holdsRequest(name, value)) return value;
  return Object.fromEntries(
    entriesOf(value).map(([key, member]) => [
      key,
      isRequest(key, member) ? cutRequest(member) : member,
    ]),
  );
}

function cutRequest(value: unknown): unknown {
  if (typeof value === 'string') return pathOf(value);
  const url = readString(value, 'url') ?? readString(value, 'path');
  return { id: read(value, 'id'), method: read(value, 'method'), url: url && pathOf(url) };
}

function pathOf(url: string): string {
  const [path = ''] = url.split(/[?#]/, 1);
  return redact(path, 200);
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
