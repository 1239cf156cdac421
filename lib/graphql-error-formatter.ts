import { classifyError } from './classify/classify-error.js';
import { isStandardJson } from './classify/standard-json.js';
import { graphqlExtensions, isGraphqlError } from './transports/graphql-error-reply.js';
import { read } from './errors/safe-read.js';
import { checkErrorOptions } from './error-options.js';
import { answerFor } from './response/error-response.js';
import { ErrorPresentation, type ErrorPresentationOptions } from './response/error-presentation.js';
import { retryReport } from './retry/retry-report.js';

/** An error as a GraphQL server sends it. @publicApi */
export interface FormattedGraphqlError {
  readonly message: string;
  readonly locations?: readonly unknown[];
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** What Apollo says of a query that it does not run, by its codes. */
const OF_THE_QUERY: ReadonlySet<unknown> = new Set([
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
]);

/**
 * Makes Apollo's `formatError`: field resolvers have the standard JSON as well, which Nest runs no
 * filters for unless it is told to by `fieldResolverEnhancers`. What a filter has answered, what the
 * server says of a query that it does not run and an application's own `GraphQLError` stay as they are. It knows
 * no request, so that its language is that of the options.
 *
 * @param options the `errors` that `RetryableModule` was given
 * @throws TypeError where an option is not allowed
 * @example
 * GraphQLModule.forRoot({ driver: ApolloDriver, formatError: graphqlErrorFormatter() })
 * @publicApi
 */
export function graphqlErrorFormatter(
  options: ErrorPresentationOptions = {},
): <Formatted extends FormattedGraphqlError>(formatted: Formatted, error: unknown) => Formatted {
  checkErrorOptions(options, 'in graphqlErrorFormatter');
  const presentation = new ErrorPresentation(options);
  return (formatted, error) => {
    const { extensions } = formatted;
    if (isStandardJson(extensions) || OF_THE_QUERY.has(extensions?.['code'])) return formatted;
    const thrown = read(error, 'originalError'); // under what the server has made of it
    if (thrown === undefined || isGraphqlError(thrown)) return formatted;
    const context = retryReport(thrown)?.context ?? formatted.path?.join('.') ?? 'graphql';
    const input = { error: thrown, context };
    const { body } = answerFor(input, classifyError(thrown), presentation);
    return { ...formatted, message: body.error.message, extensions: graphqlExtensions(body) };
  };
}
