import { answerText, drawJson } from './answer.js';
import { curlOf, failuresOf, PLATFORMS, requestOf } from './choices.js';
import { Run } from './run.js';
import { drawSteps } from './steps.js';
import { drawLegend, Timeline } from './timeline.js';
import { languageOf, measured, PLATFORM_NAMES, WORDS } from './words.js';

const LANGUAGE = 'language';
const byId = (id) => document.getElementById(id);
const form = byId('choice');
const timeline = new Timeline(byId('timeline'));
/** Movement that only pleases is left out for those who asked for that. */
const calm = matchMedia('(prefers-reduced-motion: reduce)');

let language = languageOf(localStorage.getItem(LANGUAGE), navigator.languages);
/** The run that is shown; one at a time. */
let shown;
let nextId = crypto.randomUUID();

function words() {
  return WORDS[language];
}

function say(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

function drawWords() {
  document.documentElement.lang = language;
  document.title = `${words().title} · nestjs-retryable`;
  for (const element of document.querySelectorAll('[data-word]')) {
    element.textContent = words()[element.dataset.word];
  }
  for (const element of document.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', words()[element.dataset.label]);
  }
  for (const button of document.querySelectorAll('[data-language]')) {
    button.setAttribute('aria-pressed', String(button.dataset.language === language));
  }
  drawLegend(byId('legend'), words());
  drawFailures();
  drawRun();
}

function radio(name, value, checked, text) {
  const label = document.createElement('label');
  const input = document.createElement('input');
  Object.assign(input, { type: 'radio', name, value, checked });
  if (name === 'failure') input.setAttribute('aria-describedby', 'hint');
  label.append(input, text);
  return label;
}

function drawFailures() {
  const before = form.elements.failure?.value;
  const names = failuresOf(form.elements.platform.value);
  const chosen = names.includes(before) ? before : 'down-twice';
  byId('failures').replaceChildren(
    ...names.map((name) => radio('failure', name, name === chosen, words().failures[name][0])),
  );
  drawChoice();
}

function drawChoice() {
  const { platform, failure } = form.elements;
  const request = requestOf(platform.value, failure.value, nextId);
  say('hint', words().failures[failure.value][1]);
  say('curl', curlOf(request, language, location.origin));
}

async function send() {
  shown?.hangUp();
  const id = nextId;
  nextId = crypto.randomUUID();
  drawChoice();
  const { method, path, body } = requestOf(
    form.elements.platform.value,
    form.elements.failure.value,
    id,
  );
  const controller = new AbortController();
  const current = { run: new Run(), hangUp: () => controller.abort(), answer: undefined };
  const events = new EventSource(`/runs/${id}/events`);
  shown = current;
  timeline.clear();
  requestAnimationFrame(drawRunning);
  try {
    await begun(events, current.run);
    byId('watched').scrollIntoView({
      block: 'nearest',
      behavior: calm.matches ? 'auto' : 'smooth',
    });
    const response = await fetch(path, {
      method,
      headers: {
        'Accept-Language': language,
        'X-Request-Id': id,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: controller.signal,
    });
    const text = await response.text();
    await ended(events, current.run);
    current.answer = { response, text };
  } catch {
    current.failed = !controller.signal.aborted;
    // Who hangs up sees how the application ends what it did for them.
    if (controller.signal.aborted) await Promise.race([ended(events, current.run), aWhile()]);
  }
  events.close();
  current.over = true;
  drawRun();
}

/** The server watches from now on, and what it tells goes into the run. */
function begun(events, run) {
  return new Promise((resolve, reject) => {
    events.addEventListener('message', ({ data }) => {
      const event = JSON.parse(data);
      if (event.type === 'watching') resolve();
      // The page draws by its own clock: from here on it runs beside the server's.
      else if (event.type === 'began') run.localStart = performance.now();
      run.take(event);
    });
    events.addEventListener('error', () => reject(new Error('No events come')));
  });
}

/** Events and answer come by two connections: the last event may be the later one. */
function ended(events, run) {
  return new Promise((resolve) => {
    const check = () => run.endedAfter !== undefined && resolve();
    events.addEventListener('message', check);
    events.addEventListener('error', resolve);
    check();
  });
}

/** A request that is hung up very early never reaches the application: nothing will be told. */
function aWhile() {
  return new Promise((resolve) => setTimeout(resolve, 2000));
}

function drawRunning() {
  if (shown === undefined || shown.over) return;
  drawRun();
  if (calm.matches) setTimeout(() => requestAnimationFrame(drawRunning), 250);
  else requestAnimationFrame(drawRunning);
}

function drawRun() {
  const isRunning = shown !== undefined && !shown.over;
  if (!isRunning && document.activeElement === byId('hang-up')) byId('send').focus();
  byId('hang-up').disabled = !isRunning;
  byId('empty').hidden = shown !== undefined;
  for (const id of ['timeline', 'legend', 'steps']) byId(id).hidden = shown === undefined;
  byId('answer').hidden = shown?.answer === undefined;
  if (shown === undefined) return;

  const { run, answer } = shown;
  const started = run.localStart;
  if (isRunning) shown.now = started === undefined ? 0 : performance.now() - started;
  const now = run.endedAfter ?? shown.now;
  timeline.draw(run, now, words(), { isRunning, calm: calm.matches });
  drawSteps(byId('steps').querySelector('tbody'), run, now, words());
  drawOutcome(run, now, isRunning, answer);
}

function drawOutcome(run, now, isRunning, answer) {
  const { status } = words();
  const outcome = byId('outcome');
  if (isRunning) {
    say('elapsed', `${(now / 1000).toFixed(1)} s`);
    outcome.className = 'running';
    say('outcome', run.beganAt === undefined ? status.connecting : status.running);
    return;
  }
  say('elapsed', '');
  if (answer === undefined) {
    outcome.className = 'failed';
    say('outcome', shown.failed ? status.failed : status.left(measured(now)));
    return;
  }
  const { response, text } = answer;
  outcome.className = response.ok ? 'ok' : 'failed';
  const line = `${response.status} ${response.statusText}`.trim();
  say('outcome', status.done(line, measured(now), run.count('attempt'), run.count('wait')));
  say('answer-headers', answerText(response));
  drawJson(byId('answer-body'), text);
}

byId('platforms').replaceChildren(
  ...PLATFORMS.map((name) => radio('platform', name, name === 'meta', PLATFORM_NAMES[name])),
);
form.addEventListener('change', ({ target }) => {
  if (target.name === 'platform') drawFailures();
  else drawChoice();
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void send();
});
byId('hang-up').addEventListener('click', () => shown?.hangUp());
for (const button of document.querySelectorAll('[data-language]')) {
  button.addEventListener('click', () => {
    language = button.dataset.language;
    localStorage.setItem(LANGUAGE, language);
    drawWords();
  });
}
addEventListener('resize', drawRun);
drawWords();
