import type { PartStatus } from './campaign-plan.js';

const WORDS = {
  'zh-CN': {
    unconfirmed:
      '状态为 unconfirmed 的部分可能已经创建：请先到广告平台确认。如已存在，填入它的 id；如不存在，删除该部分的 status 和 error。',
    failed: '请按照各部分 error 中的 action 进行处理。',
    resubmit:
      '然后将 campaign 再次提交到 POST /campaigns：已有 id 的部分会保留，其余部分才会创建。',
  },
  en: {
    unconfirmed:
      'A part that is unconfirmed may be there: look on the platform first. If it is, fill in its id; if not, take its status and error out.',
    failed: 'Do what `action` says in the error of each part.',
    resubmit:
      'Then POST `campaign` to /campaigns again: parts with an id stay as they are, only the others are created.',
  },
};

/** What a person does with an incomplete campaign. */
export function nextSteps(counts: Readonly<Record<PartStatus, number>>, locale: string): string[] {
  const words = locale === 'en' ? WORDS.en : WORDS['zh-CN'];
  return [
    ...(counts.unconfirmed > 0 ? [words.unconfirmed] : []),
    ...(counts.failed > 0 ? [words.failed] : []),
    words.resubmit,
  ];
}
