/** All that the page says, in its two languages. */
export const WORDS = {
  en: {
    title: 'Retries as they happen',
    lead: 'Each run is one real HTTP request to this application. It calls a fake platform, which fails in the way that you choose.',
    language: 'Language',
    platform: 'Platform',
    failure: 'What goes wrong',
    send: 'Send request',
    hangUp: 'Hang up',
    shell: 'The same from a shell',
    timeline: 'Timeline',
    empty: 'Choose a platform and a failure, then send the request.',
    steps: 'Steps',
    answer: 'Answer',
    headers: 'Headers',
    body: 'JSON',
    start: 'Start',
    call: 'Call',
    step: 'Step',
    took: 'Took',
    limit: 'limit',
    atMost: 'Limit or plan',
    result: 'Result',
    attempt: (number) => `attempt ${number}`,
    lookUp: 'look-up',
    wait: 'wait',
    ok: 'succeeded',
    failed: 'failed',
    found: 'found: it was created',
    foundShort: 'found',
    'not-found': 'not there: may be repeated',
    'not-foundShort': 'not there',
    failedShort: 'no answer',
    left: 'ended: the client has left',
    running: 'running',
    noAnswer: 'no answer',
    limitReached: 'limit reached',
    seconds: 'seconds since the request',
    legend: {
      ok: 'attempt succeeded',
      failed: 'attempt failed',
      wait: 'wait',
      planned: 'limit or planned wait',
      'look-up': 'look-up: was it created?',
    },
    status: {
      connecting: 'Connecting…',
      running: 'Running…',
      done: (status, elapsed, attempts, waits) =>
        `HTTP ${status} after ${elapsed}: ${count(attempts, 'attempt')}, ${count(waits, 'wait')}.`,
      left: (elapsed) => `Hung up after ${elapsed}: the application has ended its calls.`,
      failed: 'The application cannot be reached.',
    },
    picture: (calls, attempts, waits) =>
      `Timeline of ${count(calls, 'call')} with ${count(attempts, 'attempt')} and ${count(waits, 'wait')}; the table below has the same in words.`,
    gaveUp: {
      exhausted: 'the retries are used up',
      once: 'called only once',
      'not-retryable': 'not to be retried',
      'retry-after-too-long': 'the wait asked for is too long',
      'total-timeout': 'out of time',
      'may-have-executed': 'may have been done: not repeated',
      'reconcile-failed': 'the look-up failed: not repeated',
      budget: 'the retry budget is empty',
    },
    failures: {
      none: ['Nothing', 'Every call succeeds at once'],
      'down-twice': ['Down twice', '503, 503, then an answer'],
      throttled: ['Throttled', '429 with Retry-After: 3, then an answer'],
      hangs: ['Hangs', 'Never an answer: each attempt ends at its limit'],
      'answer-lost': ['Answer lost', 'It is done, but the connection breaks before the answer'],
      'token-expired': ['Token expired', 'Trying again is no use'],
      'key-invalid': ['API key invalid', 'Trying again is no use'],
      'budget-empty': ['Budget empty', 'No means of payment: trying again is no use'],
      'quota-used-up': ['Quota used up', '429, but for the rest of the day'],
      'tool-fails': ['Tool fails', 'An error in an HTTP 200'],
      down: ['Always down', '503 until the retries are used up'],
    },
  },
  'zh-CN': {
    title: '实时查看重试过程',
    lead: '每次运行都是发给本应用的一个真实 HTTP 请求。应用会调用一个模拟平台，平台按所选的方式出错。',
    language: '语言',
    platform: '平台',
    failure: '故障',
    send: '发送请求',
    hangUp: '断开连接',
    shell: '在命令行中发送同一请求',
    timeline: '时间线',
    empty: '请选择平台和故障，然后发送请求。',
    steps: '步骤',
    answer: '响应',
    headers: '响应头',
    body: 'JSON',
    start: '开始',
    call: '调用',
    step: '步骤',
    took: '用时',
    limit: '时限',
    atMost: '时限或计划',
    result: '结果',
    attempt: (number) => `第 ${number} 次尝试`,
    lookUp: '核对',
    wait: '等待',
    ok: '成功',
    failed: '失败',
    found: '已找到：此前已创建成功',
    foundShort: '已找到',
    'not-found': '未找到：可以重试',
    'not-foundShort': '未找到',
    failedShort: '无响应',
    left: '已终止：客户端已断开',
    running: '进行中',
    noAnswer: '无响应',
    limitReached: '达到时限',
    seconds: '自请求开始的秒数',
    legend: {
      ok: '尝试成功',
      failed: '尝试失败',
      wait: '等待',
      planned: '时限或计划等待',
      'look-up': '核对：是否已创建',
    },
    status: {
      connecting: '正在连接…',
      running: '进行中…',
      done: (status, elapsed, attempts, waits) =>
        `HTTP ${status}，用时 ${elapsed}：尝试 ${attempts} 次，等待 ${waits} 次。`,
      left: (elapsed) => `${elapsed} 后断开连接：应用已终止相关调用。`,
      failed: '无法连接到应用。',
    },
    picture: (calls, attempts, waits) =>
      `时间线：调用 ${calls} 个，尝试 ${attempts} 次，等待 ${waits} 次；下表为相同内容的文字说明。`,
    gaveUp: {
      exhausted: '重试次数已用完',
      once: '只调用一次',
      'not-retryable': '不应重试',
      'retry-after-too-long': '要求等待的时间过长',
      'total-timeout': '总时限已到',
      'may-have-executed': '可能已执行，不再重复',
      'reconcile-failed': '核对失败，不再重复',
      budget: '重试预算已用完',
    },
    failures: {
      none: ['无故障', '每次调用立即成功'],
      'down-twice': ['两次不可用', '503、503，然后恢复正常'],
      throttled: ['被限流', '429，Retry-After: 3，然后恢复正常'],
      hangs: ['一直无响应', '每次尝试都到时限为止'],
      'answer-lost': ['响应丢失', '操作已完成，但连接在响应之前中断'],
      'token-expired': ['授权已过期', '重试没有用'],
      'key-invalid': ['API 密钥无效', '重试没有用'],
      'budget-empty': ['余额不足', '没有可用的付款方式，重试没有用'],
      'quota-used-up': ['配额已用完', '429，当天之内不会恢复'],
      'tool-fails': ['工具出错', '错误在 HTTP 200 的响应中'],
      down: ['一直不可用', '503，直到重试次数用完'],
    },
  },
};

export const PLATFORM_NAMES = {
  meta: 'Meta',
  tiktok: 'TikTok',
  google: 'Google Ads',
  gemini: 'Gemini',
  mcp: 'MCP',
};

/** The person's own choice, else the first of the browser's languages that is here, else Chinese. */
export function languageOf(chosen, preferred) {
  if (Object.hasOwn(WORDS, chosen ?? '')) return chosen;
  for (const language of preferred) {
    if (/^zh\b/i.test(language)) return 'zh-CN';
    if (/^en\b/i.test(language)) return 'en';
  }
  return 'zh-CN';
}

/** A length of time that was measured: `4 ms`, `1.02 s`. */
export function measured(ms) {
  const whole = Math.round(ms);
  return whole < 1000 ? `${whole} ms` : `${(whole / 1000).toFixed(2)} s`;
}

/** A length of time that was planned: `500 ms`, `1.5 s`, `3 s`. */
export function planned(ms) {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}

/** A point in time, in seconds. */
export function moment(ms) {
  return `${(ms / 1000).toFixed(3)} s`;
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
