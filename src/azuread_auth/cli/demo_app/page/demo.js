"use strict";

const byId = (id) => document.getElementById(id);
const clone = (id) => byId(id).content.firstElementChild.cloneNode(true);
const setText = (root, selector, text) => { root.querySelector(selector).textContent = text; };

const statusLine = byId("status");
const runAll = byId("run-all");
const cards = [];
let isBusy = false;

const LEVELS = { 10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL" };

function say(text, mood = "") {
  statusLine.textContent = text;
  statusLine.className = mood;
}

function kindOf(status) {
  if (status < 400) return "kind-good";
  return status < 500 ? "kind-bad" : "kind-later";
}

function sentence(text) {
  return text ? `${text[0].toUpperCase()}${text.slice(1)}.` : "";
}

function pretty(text) {
  try {
    // Lists of plain values on one line: they are short here.
    return JSON.stringify(JSON.parse(text), null, 2).replace(/\[\s+([^[\]{}]*?)\s+\]/g, (_, items) => `[${items.replace(/\s+/g, " ")}]`);
  } catch {
    return text;
  }
}

function showAnswer(card, answer) {
  const caller = card.querySelector(".caller");
  setText(caller, "strong", `${answer.status} ${answer.phrase}`);
  setText(caller, ".took", `${answer.milliseconds.toFixed(1)} ms`);
  const headers = caller.querySelector(".headers");
  headers.replaceChildren();
  for (const [name, value] of answer.headers) {
    const term = document.createElement("dt");
    const definition = document.createElement("dd");
    term.textContent = name;
    definition.textContent = value;
    headers.append(term, definition);
  }
  setText(caller, ".body", pretty(answer.body));
}

function logEntry(entry) {
  const element = clone("entry-template");
  setText(element, ".level", LEVELS[entry.level] ?? entry.level);
  setText(element, "code", entry.reason);
  setText(element, ".why", sentence(entry.explanation || entry.message));
  setText(element, ".fix", entry.remedy ? `What to do: ${entry.remedy}.` : "");
  return element;
}

function showLog(card, performance) {
  const log = card.querySelector(".log");
  log.replaceChildren(...performance.log.map(logEntry));
  if (performance.log.length === 0) {
    const nothing = document.createElement("p");
    nothing.className = "nothing";
    nothing.textContent = "Nothing. A request that is let in is not worth a line.";
    log.append(nothing);
  }
  const times = performance.provider_requests;
  const asked = times === 0 ? "was not asked" : `was asked ${["", "once", "twice"][times] ?? `${times} times`}`;
  setText(card, ".asked", `The provider ${asked} during this call.`);
}

function showToken(card, performance) {
  setText(card, ".request pre", performance.request);
  const token = card.querySelector(".token");
  token.hidden = performance.claims === null;
  setText(token, ".minted code", performance.minted_by ?? "");
  setText(token, ".header", JSON.stringify(performance.header, null, 2));
  setText(token, ".claims", JSON.stringify(performance.claims, null, 2));
}

function show(card, performance) {
  const kind = kindOf(performance.answer.status);
  card.classList.remove("kind-good", "kind-bad", "kind-later");
  card.classList.add(kind);
  const badge = card.querySelector(".badge");
  badge.className = `badge ${kind}`;
  badge.textContent = performance.is_as_expected ? `✓ ${performance.answer.status}, as expected` : `${performance.answer.status}, not expected`;
  showAnswer(card, performance.answer);
  showLog(card, performance);
  showToken(card, performance);
  card.querySelector(".result").hidden = false;
  setText(card, ".run", "Run again");
}

async function play(entry) {
  const response = await fetch(`/demo/cases/${entry.id}`, { method: "POST" });
  if (!response.ok) throw new Error(`the demo answered ${response.status}`);
  const performance = await response.json();
  show(entry.card, performance);
  return performance;
}

/** Runs one thing at a time. Buttons stay focusable meanwhile, so that nobody on a keyboard loses the place. */
async function alone(work) {
  if (isBusy) return;
  isBusy = true;
  for (const button of document.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  try {
    await work();
  } catch (error) {
    say(`That did not work (${error.message}). Is the demo still running? Start it again with: azuread-auth demo`, "trouble");
  } finally {
    isBusy = false;
    for (const button of document.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
}

function runOne(entry) {
  return alone(async () => {
    const performance = await play(entry);
    const verdict = performance.is_as_expected ? "as expected" : "not as expected";
    say(`${entry.title}: ${performance.answer.status} ${performance.answer.phrase}, ${verdict}.`);
  });
}

function runEverything() {
  return alone(async () => {
    let asExpected = 0;
    for (const [index, entry] of cards.entries()) {
      say(`Call ${index + 1} of ${cards.length}: ${entry.title}`);
      if ((await play(entry)).is_as_expected) asExpected += 1;
    }
    const mood = asExpected === cards.length ? "done" : "trouble";
    say(`${asExpected} of ${cards.length} calls ended as expected.`, mood);
  });
}

async function copy(button) {
  const text = button.parentElement.querySelector("pre").textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    const range = document.createRange();
    range.selectNodeContents(button.parentElement.querySelector("pre"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    button.textContent = "Selected";
  }
}

function addCard(section, info) {
  const card = clone("card-template");
  const title = card.querySelector("h3");
  const run = card.querySelector(".run");
  const copyButton = card.querySelector(".copy");
  card.id = `case-${info.id}`;
  title.id = `title-${info.id}`;
  title.textContent = info.title;
  card.setAttribute("aria-labelledby", title.id);
  run.id = `run-${info.id}`;
  run.setAttribute("aria-describedby", title.id);
  copyButton.setAttribute("aria-describedby", title.id);
  setText(card, ".story", info.story);
  setText(card, ".call", info.call);
  setText(card, ".badge", `expect ${info.expected_status}`);
  const entry = { id: info.id, title: info.title, card };
  run.addEventListener("click", () => runOne(entry));
  copyButton.addEventListener("click", () => copy(copyButton));
  section.append(card);
  cards.push(entry);
}

async function start() {
  const demo = await (await fetch("/demo/cases")).json();
  byId("api").textContent = demo.api;
  byId("provider").textContent = demo.provider;
  for (const [index, group] of demo.groups.entries()) {
    const section = clone("group-template");
    const title = section.querySelector("h2");
    title.id = `group-${index}`;
    title.textContent = group.name;
    section.setAttribute("aria-labelledby", title.id);
    setText(section, ".about", group.about);
    for (const info of demo.cases.filter((each) => each.group === group.name)) addCard(section, info);
    byId("groups").append(section);
  }
  runAll.textContent = `Run all ${cards.length} calls`;
  runAll.addEventListener("click", runEverything);
}

start().catch((error) => say(`The page could not be filled (${error.message}).`, "trouble"));
