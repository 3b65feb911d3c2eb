// What is typed into a registration survives a lost connection: kept on this device, encrypted, until the server has it.
// Pages without this script work all the same; each save then needs the connection.
import { clearDrafts, dropDraft, draftsOf, keepDraft, unlock } from "./draft-store.js";

const page = document.querySelector('meta[name="drafts"]');
const words = page.dataset;
const user = page.content;
const form = document.querySelector("form[data-draft]");
const line = document.querySelector(".draft-status");
const csrf = () => document.querySelector('input[name="csrfmiddlewaretoken"]')?.value;
const DELAY = 400;
const RETRY = 15000;

function say(state, link) {
  if (!line) return;
  line.textContent = words[state];
  line.dataset.state = state;
  if (state !== "conflict") return;
  const choose = document.createElement(link ? "a" : "button");
  choose.className = "linklike";
  choose.textContent = words.choose;
  if (link) choose.href = link;
  else choose.addEventListener("click", () => form.submit()); // the server answers with both versions side by side
  if (!link) choose.type = "button";
  line.append(" ", choose);
}

const typed = () => [...new FormData(form).entries()].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");

function fill(fields) {
  const left = new Map();
  for (const [name, value] of fields) left.set(name, [...(left.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!field.name || field.name === "csrfmiddlewaretoken" || field.type === "file" || field.tagName === "BUTTON") continue;
    const values = left.get(field.name) ?? [];
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (values.length) field.value = values.length > 1 ? values.shift() : values[0];
  }
  for (const box of form.querySelectorAll("details")) if (box.querySelector("option:not([value='']):checked")) box.open = true;
}

async function keep(key) {
  await keepDraft(key, user, form.dataset.draft, typed());
  say(navigator.onLine ? "device" : "offline");
}

// Sends one draft; returns what became of it.
async function send(path, fields) {
  const body = new URLSearchParams(fields);
  body.set("csrfmiddlewaretoken", csrf());
  let answer;
  try {
    answer = await fetch(path, { method: "POST", body, headers: { Accept: "application/json" } });
  } catch {
    return { state: "offline" };
  }
  const said = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null;
  if (answer.ok && said) return { state: "server", version: said.version };
  if (answer.status === 409 && said?.url) return { state: "conflict", url: said.url };
  return { state: "device" };
}

let sending = Promise.resolve();
function sendAll(key) {
  sending = sending.then(() => sendEach(key));
  return sending;
}

async function sendEach(key) {
  for (const draft of await draftsOf(key, user)) {
    const isHere = form?.dataset.draft === draft.path;
    // While somebody chooses between two versions neither is sent.
    if (!csrf() || words.deciding === draft.path) continue;
    const before = isHere ? JSON.stringify(typed()) : "";
    const outcome = await send(draft.path, draft.fields);
    if (outcome.state === "server") {
      const typedMeanwhile = isHere && JSON.stringify(typed()) !== before;
      if (!typedMeanwhile) await dropDraft(user, draft.path);
      if (isHere) {
        form.elements.version.value = outcome.version;
        if (typedMeanwhile) await keep(key);
      }
    }
    if (isHere || outcome.state === "conflict") say(outcome.state, isHere ? "" : outcome.url);
    if (outcome.state === "offline") return;
  }
}

async function begin() {
  if (!window.indexedDB || !window.crypto?.subtle) return;
  if (words.clear) { await clearDrafts(user, words.clear); return; }
  const key = await unlock(words.key);
  if (!key) return;

  for (const link of document.querySelectorAll("[data-drop-draft]")) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      await dropDraft(user, link.dataset.dropDraft);
      location.assign(link.href);
    });
  }
  let timer;
  const flush = async () => {
    if (!timer) return;
    clearTimeout(timer);
    timer = undefined;
    await keep(key);
  };
  if (form) {
    const mine = (await draftsOf(key, user)).find((draft) => draft.path === form.dataset.draft);
    if (mine) fill(mine.fields);
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(flush, DELAY); });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      clearTimeout(timer);
      timer = undefined;
      await keep(key);
      if (!navigator.onLine) return;
      const action = document.createElement("input");
      Object.assign(action, { type: "hidden", name: "action", value: event.submitter?.value ?? "continue" });
      form.append(action);
      form.submit();
    });
  }
  // What was typed a moment ago goes along.
  addEventListener("online", async () => { await flush(); await sendAll(key); });
  addEventListener("offline", () => say("offline"));
  setInterval(() => { if (navigator.onLine && line?.dataset.state === "offline") sendAll(key); }, RETRY);
  await sendAll(key);
  document.documentElement.dataset.drafts = "ready";
}

begin();
