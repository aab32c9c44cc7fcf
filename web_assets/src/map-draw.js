// The map itself (MapLibre GL). map.js brings this file in when a map is near.
import { Map as MapLibre, Marker, NavigationControl, Popup, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import "../css/map-draw.css";
import { content } from "./map/popup.js";
import { style } from "./map/style.js";

const CLOSEST = 18;
const AROUND_PX = 12;
const LAYERS = ["clusters", "pins"];

function box(map) {
  const bounds = map.getBounds();
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
}

/** "Search in this area": the list of what the map shows, with the other wishes of the page's address. */
function searchHere(map, button, widest) {
  button.addEventListener("click", () => {
    const address = new URL(button.dataset.address, location.href);
    for (const [name, value] of new URLSearchParams(location.search)) address.searchParams.set(name, value);
    for (const name of ["near", "town", "after"]) address.searchParams.delete(name);
    address.searchParams.set("bbox", box(map).map((edge) => edge.toFixed(4)).join(","));
    location.assign(address);
  });
  // Once the reader has moved the map, and as long as the list takes a piece as wide as this.
  map.on("moveend", () => {
    const [west, south, east, north] = box(map);
    button.hidden = Math.max(east - west, north - south) > widest;
  });
}

function answerClicks(map, config) {
  map.on("click", ({ point }) => {
    const around = [
      [point.x - AROUND_PX, point.y - AROUND_PX],
      [point.x + AROUND_PX, point.y + AROUND_PX],
    ];
    const found = map.queryRenderedFeatures(around, { layers: LAYERS });
    const pins = found.filter((feature) => feature.properties.id);
    if (pins.length) {
      const [lng, lat] = pins[0].geometry.coordinates;
      new Popup({ maxWidth: "20rem" }).setLngLat({ lng, lat }).setDOMContent(content(pins, config)).addTo(map);
    } else if (found.length) {
      map.easeTo({ center: found[0].geometry.coordinates, zoom: Math.min(map.getZoom() + 2, CLOSEST) });
    }
  });
  for (const layer of LAYERS) {
    map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
  }
}

window.madoguchiMap = (frame) => {
  const config = JSON.parse(frame.dataset.map);
  const canvas = frame.querySelector("[data-map-canvas]");
  canvas.hidden = false;
  setWorkerUrl(new URL(frame.dataset.worker, location.href).href);
  const view = config.bounds ? { bounds: config.bounds } : { center: config.center, zoom: config.zoom };
  const map = new MapLibre({
    container: canvas,
    style: style(config),
    ...view,
    fitBoundsOptions: { padding: 24, maxZoom: 16 },
    minZoom: 3,
    maxZoom: CLOSEST,
    // A page that scrolls would otherwise stop under the finger or the wheel.
    cooperativeGestures: true,
    locale: config.locale,
    localIdeographFontFamily: getComputedStyle(document.body).fontFamily,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    renderWorldCopies: false,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }));
  if (config.point) new Marker({ color: "#0017c1" }).setLngLat(config.point).addTo(map);
  if (config.tiles) answerClicks(map, config);
  const button = frame.querySelector("[data-map-search]");
  if (button && config.tiles) searchHere(map, button, config.widest);
  // For tests, which have to know where a pin is drawn.
  frame.madoguchi = map;
  return new Promise((resolve) => map.once("load", () => resolve(frame.setAttribute("data-map-ready", ""))));
};
