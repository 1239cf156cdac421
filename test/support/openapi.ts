import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { ErrorResponse } from '../../lib/index.js';

type Method = 'get' | 'post' | 'put' | 'delete';

/** What is looked at of a response in a document. */
export interface DocumentedResponse {
  readonly description: string;
  readonly headers: Readonly<
    Record<string, { required: boolean; schema: { type: string; example: string | number } }>
  >;
  readonly content: {
    readonly 'application/json': {
      readonly schema: { readonly $ref: string };
      readonly examples: Readonly<Record<string, { summary: string; value: ErrorResponse }>>;
    };
  };
}

/** The OpenAPI document of an application, as its clients get it. */
export class OpenApi {
  readonly document: ReturnType<typeof SwaggerModule.createDocument>;

  constructor(app: INestApplication) {
    const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    this.document = JSON.parse(JSON.stringify(document)) as typeof document;
  }

  responses(path: string, method: Method = 'get'): Record<string, DocumentedResponse> {
    const operation = this.document.paths[path]?.[method];
    if (operation === undefined) throw new Error(`${method} ${path} is not documented`);
    return operation.responses as never;
  }

  /** The types that are documented for each status of a failure. */
  types(path: string, method?: Method): Record<string, string[]> {
    const failures = this.failures(path, method).map(([status, { content }]) => [
      status,
      Object.keys(content['application/json'].examples),
    ]);
    return Object.fromEntries(failures) as Record<string, string[]>;
  }

  examples(path: string, method?: Method): [name: string, status: number, body: ErrorResponse][] {
    return this.failures(path, method).flatMap(([status, { content }]) =>
      Object.entries(content['application/json'].examples).map(
        ([name, { value }]): [string, number, ErrorResponse] => [name, Number(status), value],
      ),
    );
  }

  private failures(path: string, method?: Method): [string, DocumentedResponse][] {
    // What succeeds may have no content.
    const responses: [string, Partial<DocumentedResponse>][] = Object.entries(
      this.responses(path, method),
    );
    return responses.filter((entry): entry is [string, DocumentedResponse] => {
      const [, { content }] = entry;
      return content?.['application/json'].schema.$ref.endsWith('/ErrorResponse') === true;
    });
  }
}
