import { ApiExtraModels, ApiResponse } from '@nestjs/swagger';
import { checkErrorOptions } from '../error-options.js';
import {
  ErrorPresentation,
  type ErrorPresentationOptions,
} from '../response/error-presentation.js';
import type { ApiErrorResponsesDecorator } from './api-error-responses.options.js';
import { responsesOf } from './documented-errors.js';
import { ErrorResponseSchema } from './error-response.schema.js';
import { examplesOf, isRoute } from './handler-errors.js';
import { successOf } from './success-response.js';
import { checkedWish, type Wish } from './wish.js';

/**
 * `ApiErrorResponses` for an application whose module has these `errors`: give both the same object,
 * and statuses and words are the same.
 *
 * @throws TypeError where one of them is not allowed
 * @example
 * const ApiErrors = createApiErrorResponses({ locale: 'en', httpStatus: { TOKEN_EXPIRED: 424 } });
 * @publicApi
 */
export function createApiErrorResponses(
  errors: ErrorPresentationOptions = {},
): ApiErrorResponsesDecorator {
  checkErrorOptions(errors, 'in createApiErrorResponses');
  const presentation = new ErrorPresentation(errors);
  return (...args: readonly unknown[]) => {
    const wish = checkedWish(args, presentation);
    return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
      if (key !== undefined && typeof descriptor?.value !== 'function') {
        throw new TypeError(
          `Expected @ApiErrorResponses to stand on a route handler or a controller (on ${target.constructor.name}.${String(key)}).`,
        );
      }
      const controller = key === undefined ? (target as Controller).prototype : target;
      wishesOf(controller).push({ key, wish });
    };
  };
}

/**
 * Documents the error JSON of a route handler for `@nestjs/swagger`, with an example for each type:
 * those of its own `@Retryable` and of the methods that are named, and what the options add. On a
 * controller it stands for each of its handlers. What stands there more than once adds up.
 *
 * @throws TypeError at decoration, where an argument is not allowed
 * @example
 * \@Post()
 * \@ApiErrorResponses(MetaAdapter, 'createCampaign')
 * \@ApiErrorResponses({ types: ['UNAUTHORIZED', new LedgerClosedError('2024')] })
 * create(@Body() plan: Plan) { … }
 * @publicApi
 */
export const ApiErrorResponses: ApiErrorResponsesDecorator = createApiErrorResponses();

type Controller = { readonly name: string; readonly prototype: object };

interface Placed {
  /** Of the handler; undefined for the controller. */
  readonly key: string | symbol | undefined;
  readonly wish: Wish;
}

const undocumented = new Map<object, Placed[]>();

/** What is wished for a controller, whose class is still being decorated. */
function wishesOf(controller: object): Placed[] {
  let wishes = undocumented.get(controller);
  if (wishes === undefined) {
    undocumented.set(controller, (wishes = []));
    // By then all decorators have run, those above this one and those of the class too; no
    // application is there before.
    void Promise.resolve().then(() => {
      undocumented.delete(controller);
      documentController(controller, wishes ?? []);
    });
  }
  return wishes;
}

function documentController(prototype: object, placed: readonly Placed[]): void {
  const ofClass = placed.filter(({ key }) => key === undefined).map(({ wish }) => wish);
  for (const key of Reflect.ownKeys(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
    if (key === 'constructor' || !isRoute(descriptor?.value)) continue;
    const own = placed.filter((each) => each.key === key).map(({ wish }) => wish);
    describe(prototype, [...own, ...ofClass], key, descriptor);
  }
  // For the handlers that it inherits.
  describe(prototype.constructor, ofClass);
}

function describe(
  target: object,
  wishes: readonly Wish[],
  key?: string | symbol,
  descriptor?: PropertyDescriptor,
): void {
  if (wishes.length === 0) return;
  const handler = descriptor?.value as object | undefined;
  const decorators = [ApiExtraModels(ErrorResponseSchema)];
  if (handler !== undefined && key !== undefined) {
    // Where any response is described, `@nestjs/swagger` leaves out the one that it knows itself.
    decorators.push(ApiResponse(successOf(target, key, handler), { overrideExisting: false }));
  }
  for (const [status, response] of responsesOf(examplesOf(target, key, handler, wishes))) {
    decorators.push(ApiResponse({ status, ...response }));
  }
  for (const decorate of decorators) {
    (decorate as (...on: unknown[]) => unknown)(target, key, descriptor);
  }
}
