// Brings the map in when it is near: at once where it stands in view, at the press of a button on small screens.
const SMALL = "(max-width: 63.99rem)";
const NEAR_PX = "300px";

function stylesheet(address) {
  return new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
    link.onload = resolve;
    link.onerror = reject;
    document.head.append(link);
  });
}

function script(address) {
  return new Promise((resolve, reject) => {
    const tag = Object.assign(document.createElement("script"), { src: address });
    tag.onload = resolve;
    tag.onerror = reject;
    document.head.append(tag);
  });
}

async function show(frame) {
  const say = (name) => {
    for (const told of frame.querySelectorAll("[data-map-told]")) told.hidden = told.dataset.mapTold !== name;
  };
  frame.querySelector("[data-map-show]").hidden = true;
  say("loading");
  try {
    await Promise.all([stylesheet(frame.dataset.style), script(frame.dataset.script)]);
    await window.madoguchiMap(frame);
    say("");
  } catch (error) {
    // No WebGL, or a file that did not come: the list beside the map holds the same places.
    console.warn("map", error);
    frame.querySelector("[data-map-canvas]").hidden = true;
    say("none");
  }
}

for (const frame of document.querySelectorAll("[data-map]")) {
  frame.hidden = false;
  const button = frame.querySelector("[data-map-show]");
  if (matchMedia(SMALL).matches && !frame.hasAttribute("data-map-now")) {
    button.hidden = false;
    // Above the list, of which a phone's reader would scroll past twenty places to find it.
    frame.closest(".finder")?.prepend(frame.closest(".finder__map"));
    button.addEventListener("click", () => show(frame), { once: true });
    continue;
  }
  const seen = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      show(frame);
    },
    { rootMargin: NEAR_PX },
  );
  seen.observe(frame);
}
