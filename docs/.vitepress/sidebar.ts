/** Every page, in the order in which they are read. */
export const sidebar = [
  {
    text: 'Guide',
    items: [
      { text: 'Introduction', link: '/' },
      { text: 'Quick start', link: '/guide/quick-start' },
      { text: 'Decorate', link: '/guide/decorate' },
      { text: 'What is retried', link: '/guide/what-is-retried' },
      { text: 'The next wait', link: '/guide/next-wait' },
      { text: 'Writes and money', link: '/guide/writes' },
      { text: 'Accounts', link: '/guide/accounts' },
      { text: 'Outages', link: '/guide/outages' },
      { text: 'Many processes', link: '/guide/many-processes' },
      { text: 'Errors and the JSON', link: '/guide/errors' },
      { text: 'Log lines', link: '/guide/logs' },
      { text: 'Transports', link: '/guide/transports' },
      { text: 'Anti-patterns', link: '/guide/anti-patterns' },
    ],
  },
  {
    text: 'Recipes',
    items: [
      { text: 'Calls', link: '/recipes/calls' },
      { text: 'Applications', link: '/recipes/applications' },
    ],
  },
  {
    text: 'Platforms',
    items: [
      { text: 'Any upstream', link: '/platforms/any' },
      { text: 'Meta', link: '/platforms/meta' },
      { text: 'TikTok', link: '/platforms/tiktok' },
      { text: 'Google Ads', link: '/platforms/google-ads' },
      { text: 'Gemini', link: '/platforms/gemini' },
      { text: 'MCP', link: '/platforms/mcp' },
    ],
  },
  {
    // The pages of what works with the package, beside it.
    text: 'Around it',
    items: [
      { text: 'Compatibility', link: '/reference/compatibility' },
      { text: 'OpenAPI', link: '/guide/openapi' },
      { text: 'Testing', link: '/guide/testing' },
      { text: 'Traces, metrics, health', link: '/guide/observe' },
      { text: 'Queues', link: '/guide/queues' },
      { text: 'Parked calls', link: '/guide/parked-calls' },
    ],
  },
  {
    text: 'Reference',
    items: [
      { text: 'Manual on one page', link: '/manual' },
      { text: 'What people read', link: '/reference/messages' },
      { text: 'What it costs', link: '/performance' },
      { text: 'Many processes, one outage', link: '/storm' },
      { text: 'Many processes, one account', link: '/cluster' },
      { text: 'Parked calls, killed and many', link: '/parked' },
      { text: 'Hazards and their tests', link: '/hazards' },
      { text: 'Mutation testing', link: '/mutation' },
      { text: 'Versions', link: '/matrix' },
    ],
  },
];
