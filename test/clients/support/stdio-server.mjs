import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';

// A server of MCP that is a process and exits in the middle of a call.
const server = new McpServer({ name: 'stdio', version: '1.0.0' });
server.registerTool('exit', {}, () => process.exit(1));
await server.connect(new StdioServerTransport());
