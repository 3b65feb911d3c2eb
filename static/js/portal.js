// Small comforts on every page. Nothing here is needed to finish a task.
const body = document.body;

// A form is sent once: its button says so until the answer comes.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement)) return;
  if (form.method === "get") {
    // Empty filters do not belong in an address that is shared.
    for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
    setTimeout(() => { for (const field of form.elements) field.disabled = false; });
    return;
  }
  // Signing out leaves nothing of a person's drafts on a shared computer.
  if (form.hasAttribute("data-sign-out") && window.indexedDB && !form.dataset.sent) {
    event.preventDefault();
    form.dataset.sent = "yes";
    const request = indexedDB.deleteDatabase("drafts");
    request.onsuccess = request.onerror = request.onblocked = () => form.submit();
    return;
  }
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  const button = event.submitter;
  if (button?.classList.contains("button")) {
    button.dataset.label = button.innerHTML;
    button.setAttribute("aria-disabled", "true");
    button.textContent = body.dataset.sending;
  }
});

// Coming back with the browser's button must not find a page that still waits.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button[aria-disabled]")) {
    button.removeAttribute("aria-disabled");
    button.innerHTML = button.dataset.label;
  }
});

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") return;
  for (const [name, value] of [...event.detail.formData.entries()]) if (value === "") event.detail.formData.delete(name);
});

// An open menu closes with Escape and with a press elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.whoami[open]");
  if (open) { open.open = false; open.querySelector("summary").focus(); }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.whoami[open]")) if (!menu.contains(event.target)) menu.open = false;
  if (event.target.closest("[data-print]")) print();
});

// On wide screens filters are always open; the closed state is for phones.
const wide = matchMedia("(min-width: 46.01rem)");
const openFilters = () => { if (wide.matches) for (const box of document.querySelectorAll(".filters > details, .steps-list")) box.open = true; };
openFilters();
wide.addEventListener("change", openFilters);

// The current entry of a scrolled menu is brought into view.
document.querySelector(".nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Two minutes before a session ends the person is told, and can stay.
const seconds = Number(body.dataset.session);
if (seconds > 0) {
  const warning = document.getElementById("session-warning");
  let timer;
  const watch = (left) => {
    clearTimeout(timer);
    warning.hidden = true;
    timer = setTimeout(() => { warning.hidden = false; }, Math.max(0, left - 120) * 1000);
  };
  warning.querySelector("button").addEventListener("click", async (event) => {
    event.preventDefault();
    const form = event.target.closest("form");
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    if (answer.ok) watch((await answer.json()).seconds);
    else location.reload();
  });
  if (seconds < 2 ** 31 / 1000) watch(seconds);
}

// Districts are narrowed by the governorate before them; without this the second select shows all, in groups.
for (const pair of document.querySelectorAll(".areas")) {
  const [parent, child] = pair.querySelectorAll("select");
  const groups = [...child.querySelectorAll("optgroup")];
  const narrow = () => {
    const chosen = parent.value && parent.selectedOptions[0].text;
    for (const group of groups) {
      const fits = !chosen || group.label === chosen;
      if (!fits && group.querySelector("option:checked")) child.value = "";
      if (!fits) group.remove();
      else if (!group.isConnected) child.append(group);
    }
  };
  parent.addEventListener("change", narrow);
  narrow();
}
