// Beside the text of a charter: the numbers of its lines, and what is wrong with it as it is written.
// Without this script the page says the same once the form is sent.
const form = document.querySelector("form.charter");
const text = form.elements.text;
const said = form.querySelector("#said");
const WAIT = 500; // ms after the last key
const AGAIN = 3000; // ms after an answer that did not come

const gutter = document.createElement("pre");
gutter.className = "gutter";
gutter.setAttribute("aria-hidden", "true");
text.before(gutter);
const troubled = new Map();

function number() {
  const lines = text.value.split("\n").length;
  gutter.replaceChildren(...Array.from({ length: lines }, (_, n) => {
    const line = document.createElement("span");
    line.textContent = `${n + 1}\n`;
    line.className = troubled.get(n + 1) ?? "";
    return line;
  }));
  gutter.scrollTop = text.scrollTop;
}

function show(line) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  text.scrollTop = (line - 5) * parseFloat(getComputedStyle(text).lineHeight);
}

function item(one, kind) {
  const row = document.createElement("li");
  row.className = kind;
  row.dataset.line = one.line ?? "";
  const place = document.createElement("span");
  place.className = "place";
  place.textContent = one.line ? `line ${one.line}` : "";
  const words = document.createElement("span");
  words.textContent = one.message;
  if (one.todo) {
    const todo = document.createElement("span");
    todo.className = "small soft";
    todo.textContent = one.todo;
    words.append(document.createElement("br"), todo);
  }
  row.append(place, words);
  return row;
}

function mark() {
  troubled.clear();
  for (const row of said.querySelectorAll("li[data-line]")) {
    if (!row.dataset.line) continue;
    const line = Number(row.dataset.line);
    if (troubled.get(line) !== "fault") troubled.set(line, row.className);
    const place = row.querySelector(".place");
    const link = document.createElement("button");
    link.type = "button";
    link.className = "plain";
    link.textContent = place.textContent;
    link.addEventListener("click", () => show(line));
    place.replaceChildren(link);
  }
  number();
}

function tell(found) {
  const list = document.createElement("ul");
  list.className = "said-of";
  list.append(...found.faults.map((one) => item(one, "fault")), ...found.advice.map((one) => item(one, one.severity)));
  const ruling = document.createElement("p");
  const faults = found.faults.length;
  ruling.className = `state ${faults ? "failed" : "passed"}`;
  ruling.textContent = faults
    ? `${faults === 1 ? "One thing is" : `${faults} things are`} wrong; it cannot be published like this.`
    : found.same ? "It says what the charter in force says." : found.advice.length ? "It can be published." : "Sound: no faults, and nothing to advise.";
  said.replaceChildren(ruling, list);
  mark();
}

let waiting = null;
let asked = 0;
async function look() {
  const mine = ++asked;
  const answer = await fetch(form.dataset.lint, {
    method: "POST",
    headers: { "Content-Type": "application/yaml", "X-CSRF-Token": form.elements.csrf.value },
    body: text.value,
  }).catch(() => null);
  if (mine !== asked) return;
  if (answer?.ok) tell(await answer.json());
  else if (!answer || answer.status >= 500) waiting = setTimeout(look, AGAIN); // busy, or out of reach for a moment
}

text.addEventListener("input", () => {
  number();
  clearTimeout(waiting);
  waiting = setTimeout(look, WAIT);
});
text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });
form.addEventListener("submit", (event) => {
  event.submitter?.setAttribute("aria-busy", "true");
});
mark();
if (text.value !== text.defaultValue) look(); // written before this script was here
