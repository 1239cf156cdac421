const MAX_TEXTS = 1000;

/** The function, which keeps what it gave for short texts: what is said once is said again. */
export function remembered(
  func: (text: string) => string,
  maxLength: number,
): (text: string) => string {
  const results = new Map<string, string>();
  return (text) => {
    const known = results.get(text);
    if (known !== undefined) return known;
    if (text.length > maxLength) return func(text);
    // A slice would keep all of the text that it was cut from: the body of a response, perhaps.
    const own = JSON.parse(JSON.stringify(text)) as string;
    const result = func(own);
    if (results.size === MAX_TEXTS) results.clear();
    results.set(own, result);
    return result;
  };
}
