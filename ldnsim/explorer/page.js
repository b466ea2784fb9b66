"use strict";
// The page and the server talk in one language: the query of an address that names every control.
const bundles = JSON.parse(document.getElementById("bundles").textContent);
const form = document.getElementById("controls");
const beside = document.getElementById("beside");
const axes = Object.keys(Object.values(bundles)[0]);
let asked = null;
let early = false;
let ranges = [];

const named = (name) => form.querySelector(`[name="${name}"], [data-axis="${name}"]`);

function assumptions(prefix) {
  const chosen = Object.fromEntries(axes.map((axis) => [axis, named(prefix + axis).value]));
  const same = (bundle) => axes.every((axis) => String(bundle[axis]) === chosen[axis]);
  const found = Object.keys(bundles).find((name) => same(bundles[name]));
  const account = named(prefix + "account");
  account.value = found ?? account.options[account.options.length - 1].value;
  return found ?? axes.map((axis) => `${axis}=${chosen[axis]}`).join(",");
}

function query() {
  const pairs = [...new FormData(form)].filter(([name]) => beside.checked || !name.startsWith("b."));
  for (const prefix of beside.checked ? ["", "b."] : [""]) pairs.push([prefix + "assumptions", assumptions(prefix)]);
  return new URLSearchParams(pairs).toString();
}

function ask() {
  const text = query();
  history.replaceState(null, "", "?" + text);
  if (asked === null) early = true;
  else asked.data = { query: [text] };
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => {
  const moved = event.target;
  if (moved.type === "range") form.querySelector(`[data-slider="${moved.id}"]`).value = moved.value;
  if (moved.dataset.slider) document.getElementById(moved.dataset.slider).value = moved.value;
  if (moved === beside) document.getElementById("scenario-B").hidden = !beside.checked;
  const prefix = moved.dataset.axis?.startsWith("b.") ? "b." : "";
  if (moved.dataset.axis === prefix + "account") {
    for (const [axis, value] of Object.entries(bundles[moved.value] ?? {})) {
      const control = named(prefix + axis);
      control.value = value;
      if (control.dataset.slider) document.getElementById(control.dataset.slider).value = value;
    }
  }
  ask();
});

function show(answer) {
  document.getElementById("message").textContent = answer.message;
  for (const card of document.querySelectorAll("[data-card]")) {
    const found = answer.cards[card.dataset.card];
    const said = found ?? {};
    card.hidden = found === undefined || (card.dataset.whole !== undefined && said.python === undefined);
    for (const place of card.querySelectorAll("[data-said]")) {
      const text = said[place.dataset.said] ?? "";
      if (place.tagName === "A") place.dataset.file = text;
      else if (place.tagName === "PRE") place.textContent = text;
      // no line may end between a number and its unit
      else place.textContent = text.replace(/ (%|h)(?!\w)/g, "\u00a0$1");
    }
  }
  const figure = document.getElementById("figure");
  figure.hidden = answer.figure === "";
  figure.dataset.file = answer.figure;
  link();
  document.getElementById("evidence").replaceChildren(
    ...answer.evidence.map((text) => Object.assign(document.createElement("p"), { textContent: text })),
  );
  if (answer.shown !== null) document.body.dataset.shown = answer.shown;
}

// a file shows the stretch of time that the screen shows
function link() {
  const zoomed = ranges.filter((range) => range.start !== range.reset_start || range.end !== range.reset_end);
  const more = zoomed.map((range) => `&${range.name}=${range.start},${range.end}`).join("");
  for (const place of document.querySelectorAll("[data-file]")) {
    place.href = place.dataset.file + (place.dataset.said === "run" ? "" : more);
  }
}

function lost() {
  document.getElementById("message").textContent =
    "The server has stopped, and what you move has no effect. Start ldnsim explore again and reload this page.";
}

async function connect() {
  await Bokeh.embed.embed_items({}, JSON.parse(document.getElementById("visit").textContent));
  const models = Bokeh.documents[0];
  // whoever leaves gives the page back, so there is nothing to come back to
  models.config?.setv({ reconnect_session: false, notify_connection_status: false });
  models.on_event("connection_lost", lost);
  ranges = ["near", "whole"].map((name) => models.get_model_by_name(name));
  for (const range of ranges) range.change.connect(link);
  asked = models.get_model_by_name("asked");
  const answer = models.get_model_by_name("answer");
  const react = () => { if (answer.data.answer.length) show(answer.data.answer[0]); };
  answer.properties.data.change.connect(react);
  react();
  if (early) ask();
}

function differs(control) {
  if (control.type === "checkbox") return control.checked !== control.defaultChecked;
  if (control.tagName !== "SELECT") return control.value !== control.defaultValue;
  return [...control.options].some((option) => option.selected !== option.defaultSelected);
}

// a page that the browser kept and shows again has no server behind it
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
// the form can be seen, and moved, before this script is there
for (const control of [...form.querySelectorAll("input, select")].filter(differs)) {
  control.dispatchEvent(new Event("input", { bubbles: true }));
}
connect();
