import type { Platform } from '../errors/service-error.js';

/** What stands for a platform in front of the key of one of its accounts. */
export function accountPrefix(platform: Platform | undefined): string {
  return `${(platform ?? '').replaceAll(/[%:]/g, encodeURIComponent)}:`;
}

/** An account: that of a platform which a key names. */
export function accountOf(platform: Platform | undefined, key: string): string {
  return accountPrefix(platform) + key;
}

/** The two of an account. */
export function identityOf(account: string): {
  readonly platform: Platform | undefined;
  readonly key: string;
} {
  const end = account.indexOf(':');
  const platform = decodeURIComponent(account.slice(0, end));
  return { platform: platform === '' ? undefined : platform, key: account.slice(end + 1) };
}
