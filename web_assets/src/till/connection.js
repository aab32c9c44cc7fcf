// Whether the server can be reached: the browser's word, a heartbeat, and every request that fails.

const BEAT_MS = 10_000;
const BEAT_LOST_MS = 3_000;
const PATIENCE_MS = 4_000;

let isOnline = true;
let timer = null;
let isBeating = false;
const till = document.getElementById("till");

export function isConnected() {
  return isOnline;
}

/** `fetch` that gives up; a page must not hang on a line that is only half there. */
export async function fetchInTime(address, options = {}, patience = PATIENCE_MS) {
  const abort = new AbortController();
  const clock = setTimeout(() => abort.abort(), patience);
  try {
    return await fetch(address, { ...options, signal: abort.signal });
  } finally {
    clearTimeout(clock);
  }
}

async function beat() {
  if (isBeating) return;
  isBeating = true;
  try {
    // A session that ended answers with a redirect, which is an answer too.
    const answer = await fetchInTime(till.dataset.ping, { cache: "no-store", redirect: "manual" });
    setOnline(answer.status < 500);
  } catch {
    setOnline(false);
  } finally {
    isBeating = false;
  }
}

/** Note that the server was or was not reached, and tell the page if that is new. */
export function setOnline(now) {
  const isNew = now !== isOnline;
  isOnline = now;
  document.documentElement.classList.toggle("is-offline", !now);
  document.getElementById("offline-band").hidden = now;
  if (isNew) document.dispatchEvent(new CustomEvent("till:connection", { detail: { isOnline } }));
  schedule();
}

function schedule() {
  clearTimeout(timer);
  timer = setTimeout(beat, isOnline ? BEAT_MS : BEAT_LOST_MS);
}

export function watchConnection() {
  window.addEventListener("online", beat);
  window.addEventListener("offline", () => setOnline(false));
  document.addEventListener("till:beat-missed", beat);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && beat());
  if (navigator.onLine) beat();
  else setOnline(false);
}
