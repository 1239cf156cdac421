import {
  json,
  textOf,
  type FakePlatform,
  type FakeReply,
  type FakeRequest,
} from './fake-platform.js';

/** An MCP server: JSON-RPC over HTTP. The account is in `_meta`. */
export const MCP: FakePlatform = {
  understand({ method, body }) {
    if (method !== 'POST') return undefined;
    const params = body['params'] as Readonly<Record<string, unknown>> | undefined;
    const account = textOf(params?.['_meta'], 'account');
    if (body['method'] === 'tools/list') {
      return { account, name: 'list tools', perform: () => success(body, { tools: [TOOL] }) };
    }
    if (body['method'] !== 'tools/call') return undefined;
    const perform = () =>
      textOf(params, 'name') === TOOL.name
        ? success(body, text('About 182000 people are interested in dresses.'))
        : (MCP.refusals['unknown-tool'] as FakeReply);
    return { account, name: 'call tool', perform };
  },
  refusals: {
    'tool-failed': json(
      200,
      {
        jsonrpc: '2.0',
        id: null,
        result: { ...text('The audience service is down'), isError: true },
      },
      'isError',
    ),
    'unknown-tool': json(
      200,
      { jsonrpc: '2.0', id: null, error: { code: -32_602, message: 'Unknown tool' } },
      'code -32602',
    ),
  },
};

const TOOL = {
  name: 'audience_size',
  description: 'How many people an interest reaches',
  inputSchema: { type: 'object', properties: { interest: { type: 'string' } } },
};

function text(value: string) {
  return { content: [{ type: 'text', text: value }] };
}

function success(request: FakeRequest['body'], result: object): FakeReply {
  return json(200, { jsonrpc: '2.0', id: request['id'], result });
}
