import { measured, moment, planned } from './words.js';

/** The timeline in words: a row for each span. Only what has changed is touched. */
export function drawSteps(body, run, now, words) {
  const rows = run.calls.flatMap((call) =>
    call.spans.map((span, index) => cellsOf(call, span, index, now, words)),
  );
  while (body.rows.length > rows.length) body.deleteRow(-1);
  for (const [index, { kind, texts }] of rows.entries()) {
    const row = body.rows[index] ?? withRole('row', body.insertRow());
    row.className = kind;
    for (const [column, text] of texts.entries()) {
      const cell = row.cells[column] ?? withRole('cell', row.insertCell());
      if (cell.textContent !== text) cell.textContent = text;
    }
  }
}

/** Named, since a table that is laid out as a grid (page.css, on phones) is no table to browsers. */
function withRole(role, element) {
  element.setAttribute('role', role);
  return element;
}

function cellsOf(call, span, index, now, words) {
  const { kind, from, to = Math.max(now, from), limit } = span;
  const took = measured(to - from);
  const kinds = { attempt: () => words.attempt(span.number), wait: () => words.wait };
  const isLast = index === call.spans.length - 1;
  const gaveUp = isLast ? call.gaveUp : undefined;
  return {
    kind: `${kind} ${span.result ?? 'running'}`,
    texts: [
      moment(from),
      call.context,
      (kinds[kind] ?? (() => words.lookUp))(),
      took,
      limit === undefined ? '' : planned(limit),
      [resultOf(span, words), words.gaveUp[gaveUp] ?? gaveUp].filter(Boolean).join(' · '),
    ],
  };
}

function resultOf(span, words) {
  const { kind, result, error } = span;
  if (result === undefined) return words.running;
  if (kind === 'wait') return result === 'left' ? words.left : '';
  if (result === 'left') return words.left;
  if (kind === 'look-up') return `${result === 'found' ? '✓' : '◇'} ${words[result]}`;
  return result === 'ok'
    ? `✓ ${answerOf(span, words)}`
    : [`✗ ${answerOf(span, words)}`, error].join(' · ');
}

/** What the platform said to an attempt. */
export function answerOf({ status, from, to, limit }, words) {
  if (status !== undefined) return `HTTP ${status}`;
  return to - from >= limit ? words.limitReached : words.noAnswer;
}
