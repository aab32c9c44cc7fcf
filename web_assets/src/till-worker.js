// Keeps the till's pages and their parts, so that the till opens on a tablet without a connection.
// Only what takes orders is kept: the pages of orders and payments tell of customers and stay on the server.

const CACHE = "madoguchi-till-1";
const PATIENCE_MS = 4_000;
const TILL = /^\/till\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\/$/;
const LAST_TILL = "/till/kept-page";

const isTill = (url) => TILL.test(url.pathname);
const isPart = (url) => url.pathname.startsWith("/static/");
const isWhole = (answer) => answer.status === 200 && !answer.redirected;

async function store(address, answer) {
  const cache = await caches.open(CACHE);
  await cache.put(address, answer);
}

/** The network's answer, kept for later; what was kept, if there is none or it takes long. */
async function networkFirst(request, url) {
  const key = url.pathname + url.search;
  const answered = fetch(request).then(async (answer) => {
    if (isWhole(answer)) {
      await store(key, answer.clone());
      if (isTill(url)) await store(LAST_TILL, new Response(key));
    }
    return answer;
  });
  const kept = await caches.match(key, { cacheName: CACHE });
  if (!kept) return answered;
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
  return Promise.race([answered, late]).catch(() => kept);
}

/** Any other page of the till, while the server cannot be reached: back to the till that was open last. */
async function orLastTill(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const last = await caches.match(LAST_TILL, { cacheName: CACHE });
    if (last) return Response.redirect(await last.text(), 302);
    throw error;
  }
}

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  const clear = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("madoguchi-till-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clear());
});

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (isPart(url) || (isTill(url) && request.mode === "navigate")) event.respondWith(networkFirst(request, url));
  else if (request.mode === "navigate" && url.pathname.startsWith("/till/")) event.respondWith(orLastTill(request));
});

/** Fetch and keep one address; what fails is tried again at the next visit. */
async function keep(address) {
  const url = new URL(address);
  if (url.origin !== location.origin || !(isPart(url) || isTill(url))) return;
  const key = url.pathname + url.search;
  try {
    if (isPart(url) && (await caches.match(key, { cacheName: CACHE }))) return;
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!isWhole(answer)) return;
    await store(key, answer);
    if (isTill(url)) await store(LAST_TILL, new Response(key));
  } catch {
    // Nothing is lost: the page is kept as it was, or not yet.
  }
}

self.addEventListener("message", (event) => event.waitUntil(Promise.all((event.data.keep ?? []).map(keep))));
