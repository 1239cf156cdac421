import { describe, expect, it, type TestContext } from 'vitest';
import type { DocumentedResponse } from '../support/openapi.js';
import { run } from './run.js';

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: object };
}

interface Parameter {
  readonly name: string;
  readonly schema: { readonly example?: string; readonly enum?: readonly string[] };
}

interface Operation {
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { content: { 'application/json': { schema: { example: object } } } };
  readonly responses: Record<string, DocumentedResponse>;
}

async function start(test: TestContext): Promise<string> {
  const printed = await run(test, 'start').until(/Ctrl\+C/);
  return /(http:\S+)\/api\b/.exec(printed)?.[1] ?? '';
}

async function documentOf(app: string): Promise<Document> {
  return (await (await fetch(`${app}/api-json`)).json()) as Document;
}

function operations({ paths }: Document): [path: string, method: string, operation: Operation][] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
      path,
      method,
      operation,
    ]),
  );
}

describe('the API page of the sample application', { timeout: 30_000 }, () => {
  it('is there, with all that it needs', async (test) => {
    const app = await start(test);
    const page = await fetch(`${app}/api`);
    expect(page.status).toBe(200);
    const html = await page.text();
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      expect((await fetch(new URL(file, `${app}/api`))).status, file).toBe(200);
    }
  });

  it('documents the errors of every route, an unknown outcome where something is created', async (test) => {
    const document = await documentOf(await start(test));
    expect(Object.keys(document.components.schemas)).toEqual(['ErrorResponse']);
    for (const [path, method, { responses }] of operations(document)) {
      const statuses = Object.keys(responses);
      expect(statuses, `${method} ${path}`).toEqual(
        expect.arrayContaining(['400', '429', '500', '504']),
      );
      expect(statuses.includes('424'), path).toBe(path === '/campaigns');
    }
    expect(document.paths['/copy']?.['post']?.responses[429]?.description).toBe(
      'Too Many Requests: `API_RATE_LIMIT`, `AI_MODEL_QUOTA_EXCEEDED`',
    );
  });

  it('has requests that work as they stand there', async (test) => {
    const app = await start(test);
    for (const [path, method, operation] of operations(await documentOf(app))) {
      const url = operation.parameters.reduce(
        (text, { name, schema }) =>
          text.replace(`{${name}}`, schema.example ?? schema.enum?.[0] ?? ''),
        path,
      );
      expect(url).not.toContain('{');
      const body = operation.requestBody?.content['application/json'].schema.example;
      const answer = await fetch(app + url, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      expect([200, 201], `${method} ${url}`).toContain(answer.status);
      expect(Object.keys(operation.responses)).toContain(String(answer.status));
    }
  });
});
