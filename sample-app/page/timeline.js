import { answerOf } from './steps.js';
import { planned } from './words.js';

const { axisBottom, scaleLinear, select } = globalThis.d3;

const ROW = { height: 74, name: 16, flag: 35, bar: 42, barHeight: 18, note: 74, noteHeight: 16 };
const MARGIN = { top: 6, right: 14, bottom: 44, left: 6 };
/** An attempt of a few milliseconds is to be seen, too. */
const MIN_BAR = 4;
const SHORTEST_MS = 40;
/** Width of a letter of the labels, in pixels: 12 px of a monospaced font. */
const LETTER = 7.3;

/** Draws a run: a row for each call, its attempts, look-ups and waits along an axis in seconds. */
export class Timeline {
  #svg;
  #container;
  #until = 0;

  constructor(container) {
    this.#container = container;
    this.#svg = select(container).append('svg').attr('role', 'img');
    const hatch = this.#svg
      .append('defs')
      .append('pattern')
      .attr('id', 'hatch')
      .attr('patternUnits', 'userSpaceOnUse')
      .attr('width', 6)
      .attr('height', 6)
      .attr('patternTransform', 'rotate(45)');
    hatch.append('rect').attr('class', 'hatch-ground').attr('width', 6).attr('height', 6);
    hatch.append('line').attr('class', 'hatch-line').attr('y2', 6);
    for (const name of ['axis', 'rows', 'now']) this.#svg.append('g').attr('class', name);
  }

  /** A new run begins with its own scale. */
  clear() {
    this.#until = 0;
  }

  draw(run, now, words, { isRunning, calm }) {
    const width = this.#container.clientWidth;
    if (width === 0) return;
    const tops = topsOf(run.calls);
    const height = tops.at(-1) + MARGIN.bottom;
    this.#svg.attr('viewBox', `0 0 ${width} ${height}`).attr('width', width).attr('height', height);
    const label = words.picture(run.calls.length, run.count('attempt'), run.count('wait'));
    this.#svg.attr('aria-label', label);

    const until = endOf(run, now, isRunning);
    const jumps = calm || !isRunning || this.#until === 0;
    this.#until = jumps ? until : this.#until + (until - this.#until) * 0.15;
    const x = scaleLinear([0, this.#until], [MARGIN.left, width - MARGIN.right]);
    this.#drawAxis(x, height, width, words);
    this.#drawRows(run, tops, now, x, words);
    this.#drawNow(isRunning ? [now] : [], x, height);
  }

  #drawAxis(x, height, width, words) {
    const ticks = Math.max(4, Math.floor(width / 90));
    const axis = axisBottom(x)
      .ticks(ticks)
      .tickFormat((ms) => String(ms / 1000))
      .tickSizeOuter(0)
      .tickSizeInner(-(height - MARGIN.top - MARGIN.bottom))
      .tickPadding(8);
    const group = this.#svg.select('.axis');
    group.attr('transform', `translate(0,${height - MARGIN.bottom})`).call(axis);
    // The style sheet says how the axis looks.
    for (const name of ['font-size', 'font-family', 'text-anchor']) group.attr(name, null);
    group
      .selectAll('.unit')
      .data([words.seconds])
      .join('text')
      .attr('class', 'unit')
      .attr('x', width - MARGIN.right)
      .attr('y', 38)
      .text((text) => text);
  }

  #drawRows(run, tops, now, x, words) {
    const rows = this.#svg
      .select('.rows')
      .selectAll('.call')
      .data(run.calls, ({ id }) => id)
      .join((enter) => {
        const row = enter.append('g').attr('class', 'call');
        row.append('text').attr('class', 'name').attr('y', ROW.name);
        for (const name of ['planned', 'bars', 'labels']) row.append('g').attr('class', name);
        return row;
      })
      .attr('transform', (_, index) => `translate(0,${tops[index]})`);
    rows
      .select('.name')
      .attr('x', MARGIN.left)
      .text(({ context, platform }) => `${context} · ${platform}`);

    const ofSpans = (group, name, selectSpans) =>
      rows
        .select(group)
        .selectAll(name)
        .data((call) => selectSpans(call.spans))
        .join(name)
        .attr('class', ({ kind, result = 'running' }) => `${kind} ${result}`);
    const length = ({ from, to = now }) => Math.max(MIN_BAR, x(to) - x(from));

    ofSpans('.planned', 'rect', (spans) => spans.filter((span) => showsPlan(span)))
      .attr('x', ({ from }) => x(from))
      .attr('y', ROW.bar + 0.5)
      .attr('height', ROW.barHeight - 1)
      .attr('width', ({ limit }) => x(limit) - x(0));
    ofSpans('.bars', 'rect', (spans) => spans.toSorted(waitsFirst))
      .attr('x', ({ from }) => x(from))
      .attr('y', ({ kind }) => ROW.bar + (kind === 'look-up' ? ROW.barHeight / 3 : 0))
      .attr('height', ({ kind }) => ROW.barHeight / (kind === 'look-up' ? 3 : 1))
      .attr('width', length);
    ofSpans('.labels', 'text', (spans) => labelsOf(spans, x, words))
      .attr('x', ({ at }) => at)
      .attr('y', ({ y }) => y)
      .attr('text-anchor', ({ anchor }) => anchor)
      .text(({ text }) => text);
  }

  #drawNow(times, x, height) {
    this.#svg
      .select('.now')
      .selectAll('line')
      .data(times)
      .join('line')
      .attr('x1', (now) => x(now))
      .attr('x2', (now) => x(now))
      .attr('y1', MARGIN.top)
      .attr('y2', height - MARGIN.bottom);
  }
}

/** Where each row begins, and at last where they end. */
function topsOf(calls) {
  const tops = [MARGIN.top];
  for (const { spans } of calls) {
    const hasNotes = spans.some(({ kind }) => kind === 'look-up');
    tops.push(tops.at(-1) + ROW.height + (hasNotes ? ROW.noteHeight : 0));
  }
  if (calls.length === 0) tops.push(MARGIN.top + ROW.height);
  return tops;
}

/** Where the axis ends: nothing that is known or planned lies beyond. */
function endOf(run, now, isRunning) {
  const spans = run.calls.flatMap((call) => call.spans);
  const ends = spans.map(({ from, to, limit = 0 }) => to ?? (isRunning ? from + limit : now));
  const end = Math.max(now, ...ends);
  return isRunning ? Math.max(1000, end * 1.04) : Math.max(SHORTEST_MS, end * 1.02);
}

function showsPlan({ to, limit }) {
  return to === undefined && limit !== undefined;
}

/** An attempt of 4 ms lies above the wait that begins with its end. */
function waitsFirst(a, b) {
  return Number(a.kind !== 'wait') - Number(b.kind !== 'wait');
}

function labelsOf(spans, x, words) {
  const right = x.range()[1];
  const flags = spans.filter(({ kind }) => kind === 'attempt');
  const notes = spans.filter(({ kind }) => kind === 'look-up');
  const plans = spans.filter(({ kind, limit }) => kind === 'wait' && limit > 0);
  return [
    ...flags.map((span, index) => {
      const sign = { ok: '✓', failed: '✗', left: '■' }[span.result] ?? '…';
      const isOver = span.result === 'ok' || span.result === 'failed';
      const short = `${span.number} ${sign}`;
      const texts = isOver ? [`${short} ${shortAnswer(span, words)}`, short] : [short];
      return beside(span, flags[index + 1], texts, ROW.flag);
    }),
    ...notes.map((span, index) => {
      const texts = [`◇ ${words[`${span.result}Short`] ?? words.lookUp}`, '◇'];
      return beside(span, notes[index + 1], texts, ROW.note);
    }),
    ...plans.map((span) => {
      const length = planned(span.limit);
      const room = x(span.limit) - x(0) - 2 * MIN_BAR - 4;
      const text = firstThatFits([`${words.wait} ${length}`, length, ''], room);
      return labelOf(span, text, x(span.from) + MIN_BAR + 4, ROW.bar + 13);
    }),
    ...flags.filter(showsPlan).map((span) => {
      const text = `${words.limit} ${planned(span.limit)}`;
      const end = x(span.from + span.limit);
      const room = end - x(span.from) - widthOf(`${span.number} …`);
      const label = labelOf(span, firstThatFits([text, ''], room), end, ROW.flag, 'end');
      return { ...label, kind: 'limit' };
    }),
  ];

  /** At the beginning of a span, as long as the next leaves room for; at the edge to the left. */
  function beside(span, next, texts, y) {
    const at = x(span.from);
    if (next === undefined && at + widthOf(texts[0]) > right) {
      return labelOf(span, texts[0], right, y, 'end');
    }
    const room = (next === undefined ? right : x(next.from)) - at - 6;
    return labelOf(span, firstThatFits(texts, room), at, y);
  }
}

function labelOf({ kind, result }, text, at, y, anchor = 'start') {
  return { kind: `of-${kind}`, result, text, at, y, anchor };
}

function firstThatFits(texts, room) {
  return texts.find((text) => widthOf(text) <= room) ?? texts.at(-1);
}

/** `503`, `200`, or in words that there was none. */
function shortAnswer(span, words) {
  return answerOf(span, words).replace('HTTP ', '');
}

/** Chinese letters are twice as wide. */
function widthOf(text) {
  return [...text].reduce((sum, letter) => sum + LETTER * (letter > '\u2fff' ? 1.7 : 1), 0);
}

/** What the marks mean. */
export function drawLegend(list, words) {
  select(list)
    .selectAll('li')
    .data(Object.entries(words.legend))
    .join((enter) => {
      const item = enter.append('li');
      item.append('span').attr('aria-hidden', 'true');
      item.append('b');
      return item;
    })
    .each(function ([kind, text]) {
      select(this).select('span').attr('class', `mark ${kind}`).text(SIGNS[kind]);
      select(this).select('b').text(text);
    });
}

const SIGNS = { ok: '✓', failed: '✗', wait: '', planned: '', 'look-up': '◇' };
