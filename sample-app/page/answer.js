/** The status line and the headers of an answer, as they came. */
export function answerText(response) {
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${response.status} ${response.statusText}`.trim(), ...headers].join('\n');
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?/g;

/** Shows a JSON with its parts told apart. */
export function drawJson(element, text) {
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  const pretty = prettyOf(text);
  const parts = [];
  let end = 0;
  for (const match of pretty.matchAll(TOKEN)) {
    parts.push(pretty.slice(end, match.index));
    end = match.index + match[0].length;
    const [, string, colon] = match;
    const kind = string === undefined ? 'literal' : colon === undefined ? 'string' : 'key';
    const part = document.createElement('span');
    part.className = kind;
    part.textContent = match[0];
    parts.push(part);
  }
  element.replaceChildren(...parts, pretty.slice(end));
}

function prettyOf(text) {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
