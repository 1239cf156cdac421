import { Controller, Get } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { Retryable } from 'nestjs-retryable';
import { ApiErrorResponses } from 'nestjs-retryable/swagger';
import { adapterNames, startHttp } from './support/http.js';
import { exhausted } from './support/standard-json.js';
import { Adapter, Upstream } from './support/upstream.js';

const outageOf = { context: 'operation', platform: 'meta' };

@Controller()
class Routes {
  constructor(
    private readonly adapter: Adapter,
    private readonly upstream: Upstream,
  ) {}

  @Get('service')
  @ApiErrorResponses(Adapter, 'call')
  service(): Promise<string> {
    return this.adapter.call();
  }

  @Retryable(outageOf)
  @ApiErrorResponses()
  @Get('handler')
  async handler(): Promise<string> {
    return this.upstream.call();
  }
}

interface OpenApi {
  readonly paths: Record<string, { get: { responses: Record<string, DocumentedResponse> } }>;
  readonly components: { readonly schemas: Record<string, object> };
}

interface DocumentedResponse {
  readonly content: {
    readonly 'application/json': { examples: Record<string, { value: { error: object } }> };
  };
}

describe.each(adapterNames)('the OpenAPI document that @nestjs/swagger serves on %s', (adapter) => {
  const start = () =>
    startHttp({ controllers: [Routes] }, adapter, (app) => {
      const config = new DocumentBuilder().build();
      const document = () => SwaggerModule.createDocument(app, config);
      SwaggerModule.setup('api', app, document, { ui: false }); // that would take @fastify/static
    });

  it.each(['/service', '/handler'])(
    'has what is answered when the upstream is out: %s',
    async (path) => {
      const { get } = await start();
      const { paths, components } = (await get('/api-json')).json as OpenApi;
      const { responses } = paths[path]?.get ?? { responses: {} };
      expect(Object.keys(components.schemas)).toEqual(['ErrorResponse']);
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '401', '429', '502']));
      const { examples } = responses[502]?.content['application/json'] ?? { examples: {} };
      const answer = await get(path);
      expect(answer.status).toBe(502);
      expect(answer.json).toEqual(exhausted());
      expect(examples['PLATFORM_SERVICE_ERROR']?.value).toEqual(exhausted());
    },
  );
});

describe('the subpath', () => {
  it('is the same by require', () => {
    const required: unknown = createRequire(import.meta.url)('nestjs-retryable/swagger');
    expect(required).toMatchObject({
      ApiErrorResponses: expect.any(Function) as unknown,
      createApiErrorResponses: expect.any(Function) as unknown,
    });
  });
});
