import { describe } from 'vitest';
import { promisesOf } from './class-promises.js';
import { MCP_ROWS } from './error-table.js';

describe('the errors of MCP servers', () => {
  promisesOf(MCP_ROWS);
});
