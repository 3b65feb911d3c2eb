// Drafts on this device: one record for each person and form, encrypted with a key that only a signed-in page gets.
const NAME = "drafts";
let opened;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(NAME, { keyPath: "id" });
    request.onsuccess = () => {
      // Signing out deletes everything: let go then.
      request.result.onversionchange = () => { request.result.close(); opened = undefined; };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function run(mode, work) {
  const transaction = (await database()).transaction(NAME, mode);
  const request = work(transaction.objectStore(NAME));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = () => reject(transaction.error);
  });
}

// Asks the server for this person's key; it stays in the memory of the page and is never stored.
export async function unlock(url) {
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!answer.ok || answer.redirected) return null;
    const raw = Uint8Array.from(atob((await answer.json()).key), (letter) => letter.charCodeAt(0));
    return await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  } catch {
    return null;
  }
}

export async function keepDraft(key, user, path, fields) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(fields)));
  await run("readwrite", (store) => store.put({ id: `${user}:${path}`, user, path, iv, data, at: Date.now() }));
}

export async function draftsOf(key, user) {
  const records = (await run("readonly", (store) => store.getAll())).filter((record) => record.user === user);
  const drafts = [];
  for (const record of records.sort((a, b) => a.at - b.at)) {
    try {
      const data = await crypto.subtle.decrypt({ name: "AES-GCM", iv: record.iv }, key, record.data);
      drafts.push({ path: record.path, fields: JSON.parse(new TextDecoder().decode(data)) });
    } catch {
      await dropDraft(user, record.path); // of a key that is no more: nobody can read it again
    }
  }
  return drafts;
}

export const dropDraft = (user, path) => run("readwrite", (store) => store.delete(`${user}:${path}`));

export async function clearDrafts(user, prefix) {
  const records = await run("readonly", (store) => store.getAll());
  for (const record of records) if (record.user === user && record.path.startsWith(prefix)) await dropDraft(user, record.path);
}
