import { brand } from './brand.js';
import { ServiceError, type ServiceErrorOptions } from './service-error.js';

/** The MCP server cannot be reached or hung up. @publicApi */
export class McpConnectionError extends ServiceError {
  static {
    brand(this, 'McpConnectionError');
  }

  constructor(options?: ServiceErrorOptions) {
    super('MCP_CONNECTION_ERROR', options);
  }
}

/** The MCP server did not answer in time: the tool may have run. @publicApi */
export class McpTimeoutError extends ServiceError {
  static {
    brand(this, 'McpTimeoutError');
  }

  constructor(options?: ServiceErrorOptions) {
    super('MCP_TIMEOUT', options);
  }
}

/** The MCP tool itself failed. @publicApi */
export class McpToolError extends ServiceError {
  static {
    brand(this, 'McpToolError');
  }

  constructor(options?: ServiceErrorOptions) {
    super('MCP_TOOL_ERROR', options);
  }
}
