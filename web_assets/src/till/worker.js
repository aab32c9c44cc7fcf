// Registers the worker that keeps the till's page, and tells it what the page is made of.

export async function keepPages() {
  if (!("serviceWorker" in navigator)) return;
  const till = document.getElementById("till");
  try {
    await navigator.serviceWorker.register(till.dataset.worker, { scope: "/till/" });
    const registration = await navigator.serviceWorker.ready;
    // Parts loaded before the worker came to life are not in its keeping yet.
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    const parts = loaded.filter((address) => new URL(address).pathname.startsWith("/static/"));
    const pages = document.getElementById("till-form")
      ? [location.href, ...[...document.querySelectorAll("a[data-keep]")].map((link) => link.href)]
      : [];
    registration.active.postMessage({ keep: [...new Set([...pages, ...parts])] });
  } catch {
    // Without a worker the page still works while it stays open; only a reload offline would lose it.
  }
}
