import type { ErrorWords, Messages } from './error-catalog.js';
import { negotiateLocale } from './locale.js';
import { EN } from './messages.en.js';
import { ZH_CN } from './messages.zh-CN.js';

/** What an application says instead of the built-in words of a type. @publicApi */
export interface CatalogText {
  /** What happened. */
  message?: string | undefined;
  /** What the person can do. */
  action?: string | undefined;
  /** Where the person can do it. */
  actionUrl?: string | undefined;
}

/** How errors are presented. @publicApi */
export interface ErrorPresentationOptions {
  /** The language where `Accept-Language` asks for none that is there. Default `'zh-CN'`. */
  locale?: string | undefined;
  /** Texts and links by language and type; they add to the built-in ones (zh-CN, en). */
  catalog?:
    | Readonly<Record<string, Readonly<Record<string, CatalogText | undefined>> | undefined>>
    | undefined;
  /** HTTP status by type, in place of the built-in one. */
  httpStatus?: Readonly<Record<string, number | undefined>> | undefined;
}

/** The words and the link of a type in one language. */
export interface PresentedWords extends ErrorWords {
  readonly actionUrl?: string | undefined;
}

const BUILT_IN: Readonly<Record<string, Messages>> = { 'zh-CN': ZH_CN, en: EN };
const DEFAULT_LOCALE = 'zh-CN';
const MAX_NEGOTIATED = 200;

/** Finds words, links and statuses: the application's own over the built-in ones. */
export class ErrorPresentation {
  /** The default first. */
  readonly locales: readonly [string, ...string[]];
  private readonly negotiated = new Map<string, string>();

  constructor(private readonly options: ErrorPresentationOptions = {}) {
    const standard = options.locale ?? DEFAULT_LOCALE;
    const catalog = Object.entries(options.catalog ?? {});
    const added = catalog.filter(([, texts]) => texts !== undefined).map(([locale]) => locale);
    const others = [...Object.keys(BUILT_IN), ...added];
    this.locales = [standard, ...new Set(others.filter((locale) => locale !== standard))];
  }

  /** The language for an `Accept-Language` header; the browsers of the world send few of them. */
  negotiate(acceptLanguage: string | undefined): string {
    if (acceptLanguage === undefined) return this.locales[0];
    let locale = this.negotiated.get(acceptLanguage);
    if (locale === undefined) {
      locale = negotiateLocale(acceptLanguage, this.locales);
      if (this.negotiated.size < MAX_NEGOTIATED) this.negotiated.set(acceptLanguage, locale);
    }
    return locale;
  }

  /** A language that there are words in. */
  localeOf(wanted: string | undefined): string {
    return wanted !== undefined && this.locales.includes(wanted) ? wanted : this.locales[0];
  }

  words(type: string, locale: string): PresentedWords {
    const builtIn = own(BUILT_IN, locale) ?? own(BUILT_IN, this.locales[0]) ?? ZH_CN;
    const known = own(builtIn, type) ?? builtIn.UNKNOWN_ERROR;
    const text = own(own(this.options.catalog, locale), type);
    return {
      message: text?.message ?? known.message,
      action: text?.action ?? known.action,
      actionUrl: text?.actionUrl,
    };
  }

  httpStatus(type: string): number | undefined {
    return own(this.options.httpStatus, type);
  }
}

export const DEFAULT_PRESENTATION = new ErrorPresentation();

function own<Value>(
  record: Readonly<Record<string, Value | undefined>> | undefined,
  key: string,
): Value | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
