import { Inject, Injectable } from '@nestjs/common';
import { ModulesContainer } from '../nest-core.js';
import { definitionOf, type RetryableDefinition } from '../retryable.definition.js';

/** A method whose calls can be parked, and whose it is. */
export interface ParkableMethod {
  readonly instance: object;
  readonly key: string | symbol;
  readonly definition: RetryableDefinition;
}

type Wrapper =
  ModulesContainer extends Map<string, infer M>
    ? M extends { readonly providers: Map<unknown, infer W> }
      ? W
      : never
    : never;

/** The methods that may be called by a job of the queue, by their names; no others ever are. */
@Injectable()
export class ParkedMethods {
  private readonly methods = new Map<string, ParkableMethod>();

  constructor(@Inject(ModulesContainer) private readonly modules: ModulesContainer) {}

  find(name: string): ParkableMethod | undefined {
    return this.methods.get(name);
  }

  /** @throws TypeError where nobody could say which method of which instance a name means */
  collect(): void {
    for (const module of this.modules.values()) {
      for (const wrapper of module.providers.values()) this.addThoseOf(wrapper);
      for (const { metatype } of module.controllers.values()) {
        for (const handler of parkableOf(prototypeOf(metatype))) refuseHandler(handler, true);
      }
    }
  }

  private addThoseOf(wrapper: Wrapper): void {
    if (wrapper.isAlias) return;
    const isSingle = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
    const instance: unknown = isSingle ? wrapper.instance : prototypeOf(wrapper.metatype);
    for (const method of parkableOf(instance)) {
      const { name } = method.definition;
      refuseHandler(method);
      if (!isSingle) {
        throw new TypeError(
          `Expected \`park\` on a method of a singleton, got a request-scoped or transient class: nothing of it is there when the call is made (on ${name}).`,
        );
      }
      this.add(method);
    }
  }

  private add(method: ParkableMethod): void {
    const name = method.definition.park?.name ?? '';
    const other = this.methods.get(name);
    if (other !== undefined && other.instance !== method.instance) {
      throw new TypeError(
        `Expected one provider with calls parked as '${name}', got two, ${other.definition.name} and ${method.definition.name}: nobody could say which of them makes the call.`,
      );
    }
    if (other !== undefined && other.key !== method.key) {
      throw new TypeError(
        `Expected one method whose calls are parked as '${name}', got two, ${other.definition.name} and ${method.definition.name}.`,
      );
    }
    this.methods.set(name, method);
  }
}

/** What Nest keeps with the methods of gateways and resolvers. */
const HANDLER_METADATA = ['websockets:message_mapping', 'graphql:resolver_type'];

function refuseHandler({ definition }: ParkableMethod, isHandler = false): void {
  const { method, name } = definition;
  const isOne =
    isHandler || HANDLER_METADATA.some((key) => method && Reflect.hasMetadata(key, method));
  if (!isOne) return;
  throw new TypeError(
    `Expected \`park\` on a method of a provider, got a handler: no guard would be asked when the call is made (on ${name}).`,
  );
}

function prototypeOf(metatype: unknown): unknown {
  return typeof metatype === 'function' ? metatype.prototype : undefined;
}

function parkableOf(holder: unknown): ParkableMethod[] {
  const found: ParkableMethod[] = [];
  if (typeof holder !== 'object' || holder === null) return found;
  const seen = new Set<string | symbol>();
  try {
    for (let level: object | null = holder; level !== null && level !== Object.prototype;) {
      for (const key of Reflect.ownKeys(level)) {
        // By its descriptor: a getter of the application is not to be run.
        const method: unknown = Object.getOwnPropertyDescriptor(level, key)?.value;
        const isHidden = seen.has(key);
        seen.add(key);
        const definition =
          typeof method === 'function' && !isHidden ? definitionOf(method) : undefined;
        if (definition && definition.park) found.push({ instance: holder, key, definition });
      }
      level = Object.getPrototypeOf(level) as object | null;
    }
  } catch {
    // A proxy that shows nothing of itself outside a request.
  }
  return found;
}
