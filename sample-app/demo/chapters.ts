import type { Chapter } from './scenario.js';
import { AB_TESTS } from './scenarios/ab-tests.js';
import { AI_AND_MCP } from './scenarios/ai-and-mcp.js';
import { BUDGET } from './scenarios/budget.js';
import { CAMPAIGNS } from './scenarios/campaigns.js';
import { INCOMPLETE_CAMPAIGNS } from './scenarios/incomplete-campaigns.js';
import { PLATFORMS } from './scenarios/platforms.js';
import { RULES } from './scenarios/rules.js';

export const CHAPTERS: readonly Chapter[] = [
  { title: 'Platform adapters', scenarios: PLATFORMS },
  { title: 'Campaign Manager', scenarios: [...CAMPAIGNS, ...INCOMPLETE_CAMPAIGNS] },
  { title: 'Budget Optimizer', scenarios: BUDGET },
  { title: 'A/B Test Manager', scenarios: AB_TESTS },
  { title: 'Rule Engine', scenarios: RULES },
  { title: 'AI copy and MCP tools', scenarios: AI_AND_MCP },
];
