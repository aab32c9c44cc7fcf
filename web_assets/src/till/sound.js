// The order's page: its sound when it is paid, and what is said to a screen reader when it changes.

const MUTED = "madoguchi.till.muted";
let audio = null;
let button = null;

function isMuted() {
  try {
    return localStorage.getItem(MUTED) === "yes";
  } catch {
    return false;
  }
}

function context() {
  const Context = window.AudioContext ?? window.webkitAudioContext;
  if (!audio && Context) audio = new Context();
  return audio;
}

/** Two rising notes, short enough not to be heard in the next room. */
function chime() {
  const sounds = context();
  if (isMuted() || !sounds || sounds.state !== "running") return;
  [{ frequency: 880, after: 0 }, { frequency: 1318.5, after: 0.14 }].forEach((note) => {
    const tone = sounds.createOscillator();
    const volume = sounds.createGain();
    const start = sounds.currentTime + note.after;
    tone.frequency.value = note.frequency;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.3, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.32);
    tone.connect(volume).connect(sounds.destination);
    tone.start(start);
    tone.stop(start + 0.35);
  });
}

function showButton() {
  // A browser may keep sounds back until the page is touched once; the button says so instead of staying silent.
  const state = isMuted() ? "off" : context()?.state === "running" ? "on" : "blocked";
  for (const part of button.querySelectorAll("[data-slot]")) part.hidden = part.dataset.slot !== state;
  button.setAttribute("aria-pressed", String(state === "on"));
}

function watchButton() {
  if (!context()) return;
  button.hidden = false;
  audio.addEventListener("statechange", showButton);
  button.addEventListener("click", () => {
    const isBlocked = audio.state !== "running";
    if (!isMuted() && isBlocked) {
      audio.resume().then(showButton);
      return;
    }
    try {
      localStorage.setItem(MUTED, isMuted() ? "no" : "yes");
    } catch {
      // The choice holds for this page only.
    }
    audio.resume().then(showButton);
    showButton();
  });
  document.addEventListener("pointerdown", () => audio.resume().then(showButton), { once: true });
  audio.resume().catch(() => {});
  showButton();
}

export function watchStatus() {
  const page = document.querySelector("[data-order-page]");
  if (!page) return;
  button = page.querySelector("[data-sound]");
  watchButton();
  let state = document.getElementById("order").dataset.state;
  document.addEventListener("htmx:afterSwap", () => {
    const order = document.getElementById("order");
    if (!order) return;
    if (order.dataset.announce) document.getElementById("announce").textContent = order.dataset.announce;
    if (order.hasAttribute("data-sound-now") && state !== "paid") {
      chime();
      // The customer at the counter looks at the amount and the word beneath it.
      window.scrollTo({ top: 0 });
    }
    state = order.dataset.state;
    if (state !== "open") document.getElementById("checkout")?.setAttribute("hidden", "");
  });
  // The band says that the connection is lost, and what can be done; a second notice on every beat says less.
  for (const lost of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    page.addEventListener(lost, (event) => {
      event.stopPropagation();
      document.dispatchEvent(new CustomEvent("till:beat-missed"));
    });
  }
}
