import type { ErrorPresentationOptions } from './response/error-presentation.js';
import { checkOption, checkOptions, RULES, type OptionRules } from './retry/check-options.js';

const ERRORS_RULES = {
  locale: RULES.text,
  catalog: RULES.object,
  httpStatus: RULES.object,
} as const satisfies OptionRules<keyof ErrorPresentationOptions>;

const TEXT_RULES = { message: RULES.text, action: RULES.text, actionUrl: RULES.text };

const HTTP_STATUS = {
  allowed: 'an HTTP status from 400 to 599',
  accepts: (value: unknown) =>
    Number.isInteger(value) && (value as number) >= 400 && (value as number) <= 599,
};

// It becomes the value of a header.
const LANGUAGE = {
  allowed: `a language tag such as 'en' or 'zh-CN'`,
  accepts: (value: unknown) =>
    typeof value === 'string' && /^[a-z]{1,8}(?:-[a-z0-9]{1,8})*$/i.test(value),
};

const LOCALE = {
  allowed: `'zh-CN', 'en' or a language of \`catalog\``,
  accepts: (value: unknown) => value === 'zh-CN' || value === 'en',
};

/** Without the entries that are undefined, which means "not given". */
export function given<Value>(
  record: Readonly<Record<string, Value | undefined>> = {},
): Record<string, Value> {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Record<string, Value>;
}

/**
 * Checks what the module's `errors` says.
 *
 * @throws TypeError with one sentence that names the option, the value and what is allowed
 */
export function checkErrorOptions(errors: ErrorPresentationOptions, module: string): void {
  const where = `${module}, \`errors\``;
  checkOptions(errors, ERRORS_RULES, where);
  const { locale, httpStatus = {} } = errors;
  const catalog = given(errors.catalog);
  checkOption('locale', locale, LANGUAGE, where);
  if (locale === undefined || !Object.hasOwn(catalog, locale)) {
    checkOption('locale', locale, LOCALE, where);
  }
  for (const [type, status] of Object.entries(httpStatus)) {
    checkOption(type, status, HTTP_STATUS, `${module}, \`errors.httpStatus\``);
  }
  for (const [language, texts] of Object.entries(catalog)) {
    checkOption('language', language, LANGUAGE, `${module}, \`errors.catalog\``);
    checkOption(language, texts, RULES.object, `${module}, \`errors.catalog\``);
    for (const [type, text] of Object.entries(given(texts))) {
      checkOptions(text, TEXT_RULES, `${module}, \`errors.catalog.${language}.${type}\``);
    }
  }
}
