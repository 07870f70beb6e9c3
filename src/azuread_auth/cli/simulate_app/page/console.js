"use strict";

const byId = (id) => document.getElementById(id);
const PAUSE_MS = 1500;

/* Tokens */

const order = byId("order");
const problem = byId("problem");

function orderOf(form) {
  const fields = Object.fromEntries(new FormData(form));
  return { ...fields, version: Number(fields.version), expires_in: Math.trunc(Number(fields.expires_in)) };
}

function show(minted) {
  byId("token").value = minted.token;
  byId("claims").textContent = minted.claims === null
    ? "It cannot be read: the fault has spoiled its form."
    : `${JSON.stringify(minted.header, null, 2)}\n${JSON.stringify(minted.claims, null, 2)}`;
  byId("minted").hidden = false;
}

function complain(text) {
  problem.textContent = text;
  problem.hidden = text === "";
}

order.addEventListener("submit", async (event) => {
  event.preventDefault();
  complain("");
  byId("minted").hidden = true;
  for (const note of document.querySelectorAll("#minted .copy + .note")) note.textContent = "";
  try {
    const answer = await fetch("/simulation/tokens", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(orderOf(order)),
    });
    const document = await answer.json();
    if (answer.ok) show(document);
    else complain(document.problem);
  } catch {
    complain("The simulation does not answer. Is it still running?");
  }
});

/* Copying */

async function copy(element) {
  const text = element.value ?? element.textContent;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Not allowed, or not there: it is selected instead, for the keyboard.
    if (element.select) element.select();
    else getSelection().selectAllChildren(element);
    return false;
  }
}

for (const button of document.querySelectorAll("button.copy")) {
  button.addEventListener("click", async () => {
    const done = await copy(byId(button.dataset.source));
    button.nextElementSibling.textContent = done ? "Copied." : "Selected: copy it with the keyboard.";
  });
}

/* What was asked */

const table = byId("log");
const state = byId("log-state");
let known = "";

function row(entry) {
  const line = document.createElement("tr");
  const at = new Date(entry.at * 1000).toLocaleTimeString([], { hour12: false });
  for (const text of [at, entry.request, entry.answer, entry.grant, entry.scopes, entry.user, entry.client]) {
    const cell = document.createElement("td");
    cell.textContent = text;
    line.append(cell);
  }
  return line;
}

function report(log) {
  if (log.state === known) return;
  known = log.state;
  const requests = log.count === 1 ? "1 request" : `${log.count} requests`;
  state.textContent = log.count === 0 ? "Waiting for the first request." : `${requests} so far, the newest first.`;
  table.hidden = log.entries.length === 0;
  table.tBodies[0].replaceChildren(...log.entries.map(row));
}

async function follow() {
  if (!document.hidden) {
    try {
      const answer = await fetch(`/simulation/requests?${known}`);
      if (answer.ok) report(await answer.json());
    } catch {
      known = "";
      state.textContent = "The simulation does not answer. Is it still running?";
    }
  }
  setTimeout(follow, PAUSE_MS);
}

follow();
