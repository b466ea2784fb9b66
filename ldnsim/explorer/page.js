"use strict";
// The page asks in the language of its address, a query that names every control, and is answered with numbers and words.
const bundles = JSON.parse(document.getElementById("bundles").textContent);
const drugs = JSON.parse(document.getElementById("drugs").textContent);
const form = document.getElementById("controls");
const beside = document.getElementById("beside");
const axes = Object.keys(Object.values(bundles)[0]);
const large = document.getElementById("large");
const message = document.getElementById("message");
// after how long a visitor is told what the wait is for, and a move no longer waits for what came before [ms]
const PATIENCE = 700;
// when a page asks again that found too many before it [ms]
const AGAIN = 2000;
let models = null;
let first = JSON.parse(document.getElementById("first").textContent);
let wanted = null;
let settled = null;
let following = false;
let running = null;
// ends a pause of `follow` early
let resume = () => {};
let dragging = false;

const named = (name) => form.querySelector(`[name="${name}"], [data-axis="${name}"]`);

const suited = (prefix) => drugs[named(prefix + "drug").value];

// what a drug has not is neither shown nor asked for, and is as it was for the drug that has it
function suit(prefix) {
  const { absent: gone, formulation, end } = suited(prefix);
  const side = document.getElementById(prefix ? "scenario-B" : "scenario-A");
  for (const place of side.querySelectorAll("[data-control]")) {
    place.hidden = gone.includes(place.dataset.control);
    for (const control of place.querySelectorAll("input, select")) control.disabled = place.hidden;
  }
  for (const group of side.querySelectorAll("details")) {
    group.hidden = [...group.querySelectorAll("[data-control]")].every((place) => place.hidden);
  }
  const given = named(prefix + "formulation");
  for (const option of given.options) option.hidden = option.disabled = !formulation.includes(option.value);
  if (!formulation.includes(given.value)) given.value = formulation[0];
  const slider = document.getElementById(prefix + "dose");
  slider.max = end;
  slider.value = named(prefix + "dose").value;
}

function assumptions(prefix) {
  const had = axes.filter((axis) => !suited(prefix).absent.includes(axis));
  const chosen = Object.fromEntries(had.map((axis) => [axis, named(prefix + axis).value]));
  const same = (bundle) => had.every((axis) => String(bundle[axis]) === chosen[axis]);
  const found = Object.keys(bundles).find((name) => same(bundles[name]));
  const account = named(prefix + "account");
  account.value = found ?? account.options[account.options.length - 1].value;
  return found ?? had.map((axis) => `${axis}=${chosen[axis]}`).join(",");
}

function query() {
  const pairs = [...new FormData(form)].filter(([name]) => beside.checked || !name.startsWith("b."));
  for (const prefix of beside.checked ? ["", "b."] : [""]) pairs.push([prefix + "assumptions", assumptions(prefix)]);
  return new URLSearchParams(pairs).toString();
}

function ask() {
  // what was wrong with the address has been told
  first = { message: "", problems: {} };
  wanted = query();
  history.replaceState(null, "", "?" + wanted + location.hash);
  // what takes long is given up for what is wanted now; what does not is worth having
  if (running !== null && performance.now() - running.begun > PATIENCE) running.abort.abort();
  follow();
}

// one question at a time: what was wanted meanwhile, and is not any more, is never asked
async function follow() {
  if (following || models === null) return;
  following = true;
  while (settled !== wanted) {
    const text = wanted;
    const begun = performance.now();
    if (await answered(text)) settled = text;
    // who still drags leaves the server to others for as long as the answer took; whoever lets go is answered at once
    if (dragging) await pause(performance.now() - begun);
  }
  following = false;
}

function pause(long) {
  return new Promise((done) => {
    resume = done;
    setTimeout(done, long);
  });
}

async function answered(text) {
  const now = { begun: performance.now(), abort: new AbortController(), done: false };
  running = now;
  const signal = now.abort.signal;
  const patience = setTimeout(() => meanwhile(text, now), PATIENCE);
  try {
    const response = await fetch("answer?" + text, { signal });
    if (response.status === 503) {
      message.textContent = (await response.text()) + " This page asks again by itself.";
      await new Promise((done) => setTimeout(done, AGAIN * (1 + Math.random())));
      return false;
    }
    if (!response.ok) throw new Error(await response.text());
    const answer = await response.json();
    now.done = true;
    show(answer, text);
    document.body.dataset.shown = location.search.slice(1) === text ? text : "";
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    message.textContent = error instanceof TypeError
      ? "The server does not answer, and what you move has no effect. Start ldnsim explore again, or ask whoever did."
      : error.message;
    return true;
  } finally {
    now.done = true;
    clearTimeout(patience);
    running = null;
  }
}

// nobody waits for people, who take longer, to see the curves of one person
async function meanwhile(text, now) {
  message.textContent =
    "Working. The first run of a new choice compiles its equations, about ten seconds, once on this machine.";
  const alone = new URLSearchParams(text);
  if (alone.get("people") === "0") return;
  alone.set("people", "0");
  const response = await fetch("answer?" + alone, { signal: now.abort.signal }).catch(() => null);
  if (response === null || !response.ok) return;
  const answer = await response.json();
  if (now.done || now.abort.signal.aborted) return;
  show(answer, text);
  message.textContent = "These are the curves of one person each; the bands of people are still being worked out.";
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", () => { dragging = false; resume(); });
form.addEventListener("input", (event) => {
  const moved = event.target;
  dragging = moved.type === "range";
  if (moved.type === "range") form.querySelector(`[data-slider="${moved.id}"]`).value = moved.value;
  if (moved.dataset.slider) document.getElementById(moved.dataset.slider).value = moved.value;
  if (moved === beside) document.getElementById("scenario-B").hidden = !beside.checked;
  const prefix = moved.id.startsWith("b.") ? "b." : "";
  if (moved.id === prefix + "drug") suit(prefix);
  if (moved.dataset.axis === prefix + "account") {
    for (const [axis, value] of Object.entries(bundles[moved.value] ?? {})) {
      const control = named(prefix + axis);
      control.value = value;
      if (control.dataset.slider) document.getElementById(control.dataset.slider).value = value;
    }
  }
  ask();
});

function show(answer, text) {
  message.textContent = first.message || answer.message;
  for (const card of document.querySelectorAll("[data-card]")) {
    const found = answer.cards[card.dataset.card];
    const said = found === undefined ? {} : { ...found, problem: first.problems[card.dataset.card] ?? found.problem };
    card.hidden = found === undefined || (card.dataset.whole !== undefined && found.python === undefined);
    for (const place of card.querySelectorAll("[data-said]")) {
      const words = said[place.dataset.said] ?? "";
      // no line may end between a number and its unit
      place.textContent = place.tagName === "PRE" ? words : words.replace(/ (%|h)(?!\w)/g, "\u00a0$1");
    }
  }
  document.querySelector("[data-files]").hidden = answer.times === null;
  document.getElementById("evidence").replaceChildren(
    ...answer.evidence.map((line) => Object.assign(document.createElement("p"), { textContent: line })),
  );
  complain(answer.fields);
  if (answer.times !== null) arrange(answer.panels);
  fill(answer);
  link(text);
}

// what would be right stands beside the field that is wrong
function complain(fields) {
  const said = new Map(Object.entries(fields).map(([name, text]) => [name.replace("assumptions", "account"), text]));
  for (const place of form.querySelectorAll("[data-wrong]")) {
    const name = place.dataset.wrong;
    const text = said.get(name);
    const control = form.querySelector(`[data-slider="${name}"]`) ?? document.getElementById(name);
    place.textContent = text === undefined ? "" : `Expected ${text}.`;
    for (const [key, value] of [["aria-invalid", "true"], ["aria-describedby", place.id]]) {
      if (text === undefined) control.removeAttribute(key);
      else control.setAttribute(key, value);
    }
    if (text !== undefined) place.closest("details")?.setAttribute("open", "");
  }
}

// a panel of which no drug has anything takes no place, and a legend names what is drawn
function arrange(panels) {
  for (const [name, drawn] of Object.entries(panels)) {
    const section = document.querySelector(`[data-panel="${name}"]`);
    section.hidden = drawn.length === 0;
    for (const one of section.querySelectorAll("[data-curve]")) one.hidden = !drawn.includes(one.dataset.curve);
  }
}

const model = (name) => models.get_model_by_name(name);
const column = (told) => {
  if (Array.isArray(told)) return told;
  return new Float64Array(Uint8Array.from(atob(told.base64), (letter) => letter.charCodeAt(0)).buffer);
};

function fill(answer) {
  for (const [name, source] of sources) {
    const told = answer.sources[name];
    if (told === undefined && source.get_length() === 0) continue;
    const columns = Object.entries(told ?? {}).map(([one, told]) => [one, column(told)]);
    const length = columns.length === 0 ? 0 : columns[0][1].length;
    // columns of another drug have a place, and nothing in it
    const empty = source.columns().map((one) => [one, new Float64Array(length).fill(NaN)]);
    source.data = Object.fromEntries([...empty, ...columns]);
  }
  if (answer.times === null) return;
  if (answer.times.level !== null) model("level").setv({ start: answer.times.level[0], end: answer.times.level[1] });
  for (const name of ["near", "whole"]) {
    const { span: [start, end], cut, ticks, label, nights, panels } = answer.times[name];
    const seen = JSON.stringify([start, end, cut]);
    // what a visitor zoomed stays so until another stretch of time is shown
    if (ranges.get(name) === seen) continue;
    ranges.set(name, seen);
    model(name).setv({ start, end, reset_start: start, reset_end: end });
    model(name + " nights").data = nights;
    model(name + " ticks").ticks = ticks.map(([hour]) => hour);
    for (const panel of panels) {
      model(panel + " time").setv({ major_label_overrides: new Map(ticks), axis_label: label });
    }
  }
}

// a file shows the stretch of time that the screen shows
function link(text) {
  const zoomed = ["near", "whole"].map(model).filter((one) => one.start !== one.reset_start || one.end !== one.reset_end);
  const more = zoomed.map((one) => `&${one.name}=${one.start},${one.end}`).join("");
  for (const place of document.querySelectorAll("[data-file]")) {
    place.href = `${place.dataset.file}?${text}${place.dataset.file.includes("_run") ? "" : more}`;
  }
}

// letters and lines that can be read from the last row; an address that ends in #large begins so
function resize() {
  const times = large.checked ? 1.6 : 1;
  document.documentElement.classList.toggle("large", large.checked);
  history.replaceState(null, "", location.pathname + location.search + (large.checked ? "#large" : ""));
  for (const [one, key, plain] of sized) {
    one[key] = typeof plain === "number" ? plain * times : `${Math.round(parseFloat(plain) * times)}px`;
  }
}

// models of a figure that have a size, the name of it, and what it is at first
function* sizes(root) {
  for (const key of ["height", "frame_width", "frame_height"]) if (root[key] > 0) yield [root, key, root[key]];
  for (const axis of [...root.left, ...root.below]) {
    yield [axis, "axis_label_text_font_size", "13px"];
    yield [axis, "major_label_text_font_size", "11px"];
  }
  for (const { glyph } of root.renderers) {
    if (glyph.type === "Line") yield [glyph, "line_width", glyph.line_width.value ?? glyph.line_width];
    if (glyph.type === "Text") yield [glyph, "text_font_size", "13px"];
    if (glyph.type === "Scatter") yield [glyph, "size", glyph.size.value ?? glyph.size];
  }
}

// paper gets pictures of the figures as wide as it is; figures themselves keep the width of the screen
addEventListener("beforeprint", () => {
  for (const root of models?.roots() ?? []) {
    const place = document.getElementById("figure-" + root.name);
    const canvas = Bokeh.index[root.id].export("auto", true).canvas;
    canvas.className = "printed";
    place.after(canvas);
  }
});
addEventListener("afterprint", () => document.querySelectorAll("canvas.printed").forEach((one) => one.remove()));

let sources = [];
let sized = [];
const ranges = new Map();

async function connect() {
  const { documents, item, names } = await (await fetch("drawing.json")).json();
  await Bokeh.embed.embed_items(documents, [item]);
  const found = Bokeh.documents[0];
  sources = names.map((name) => [name, found.get_model_by_name(name)]);
  sized = found.roots().flatMap((root) => [...sizes(root)]);
  models = found;
  for (const name of ["near", "whole"]) model(name).change.connect(() => { if (settled !== null) link(settled); });
  large.checked = location.hash === "#large";
  large.addEventListener("change", resize);
  resize();
  wanted ??= query();
  follow();
}

function differs(control) {
  if (control.type === "checkbox") return control.checked !== control.defaultChecked;
  if (control.type === "range") {
    // it cannot show all that can be typed; what it makes of that is no move
    const untouched = control.cloneNode();
    untouched.value = control.defaultValue;
    return control.value !== untouched.value;
  }
  if (control.tagName !== "SELECT") return control.value !== control.defaultValue;
  return [...control.options].some((option) => option.selected !== option.defaultSelected);
}

// the form can be seen, and moved, before this script is there
for (const control of [...form.querySelectorAll("input, select")].filter(differs)) {
  control.dispatchEvent(new Event("input", { bubbles: true }));
}
connect().catch((error) => { message.textContent = `The figures cannot be drawn: ${error.message}. Reload this page.`; });
