// Registers the worker that keeps the till's page, and tells it what the page is made of.

export async function keepPages() {
  if (!("serviceWorker" in navigator)) return;
  const till = document.getElementById("till");
  const wasControlled = Boolean(navigator.serviceWorker.controller);
  try {
    await navigator.serviceWorker.register(till.dataset.worker, { scope: "/till/" });
    const registration = await navigator.serviceWorker.ready;
    // Parts loaded before the worker came to life are not in its keeping yet.
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    const parts = loaded.filter((address) => new URL(address).pathname.startsWith("/static/"));
    // The worker keeps a page as it passes through; the first one came before the worker did.
    const others = [...document.querySelectorAll("a[data-keep]")].map((link) => link.href);
    const pages = document.getElementById("till-form") ? [...(wasControlled ? [] : [location.href]), ...others] : [];
    registration.active.postMessage({ keep: [...new Set([...pages, ...parts])] });
  } catch {
    // Without a worker the page still works while it stays open; only a reload offline would lose it.
  }
}
