// What the map is made of: the base, then clusters and places on it.
import { count } from "./counting.js";

const WATER = "#e8f1fe";
const LAND = "#ffffff";
const LINE = "#949494";
const FINE_LINE = "#cccccc";
const KEY = "#0017c1";

function baseSource(base) {
  if (base.tiles) return { type: "vector", tiles: [base.tiles], minzoom: base.minzoom, maxzoom: base.maxzoom };
  return { type: "geojson", data: base.outlines };
}

function baseLayers(base) {
  const layer = base.tiles ? { "source-layer": "prefectures" } : {};
  const drawn = [
    { id: "land", type: "fill", source: "base", ...layer, paint: { "fill-color": LAND } },
    {
      id: "prefectures",
      type: "line",
      source: "base",
      ...layer,
      paint: { "line-color": LINE, "line-width": ["interpolate", ["linear"], ["zoom"], 4, 0.5, 10, 1.5] },
    },
  ];
  if (base.tiles)
    drawn.splice(1, 0, {
      id: "municipalities",
      type: "line",
      source: "base",
      "source-layer": "municipalities",
      minzoom: 7,
      paint: { "line-color": FINE_LINE, "line-width": 1 },
    });
  return drawn;
}

/** An outside server's pictures, instead of the outlines, if the operator chose one. */
function picturesOf(outside) {
  return {
    sources: { outside: { type: "raster", tiles: [outside.tiles], tileSize: 256, maxzoom: outside.maxzoom } },
    layers: [{ id: "outside", type: "raster", source: "outside" }],
  };
}

function placeLayers({ service, rate, english }) {
  const number = count(service, rate);
  const shown = [">", number, 0];
  const source = { source: "places", "source-layer": "places" };
  const radius = ["step", number, 16, 10, 18, 100, 22, 1000, 26, 10000, 31];
  return [
    {
      id: "clusters",
      type: "circle",
      ...source,
      filter: ["all", ["!", ["has", "id"]], shown],
      paint: { "circle-color": KEY, "circle-radius": radius, "circle-stroke-width": 2, "circle-stroke-color": "#fff" },
    },
    {
      id: "counts",
      type: "symbol",
      ...source,
      filter: ["all", ["!", ["has", "id"]], shown],
      layout: {
        "text-field": ["number-format", number, { locale: "en" }],
        "text-font": ["sans-serif"],
        "text-size": 13,
        "text-allow-overlap": true,
        "text-ignore-placement": true,
      },
      paint: { "text-color": "#fff" },
    },
    {
      id: "pins",
      type: "circle",
      ...source,
      filter: ["all", ["has", "id"], shown],
      paint: { "circle-color": "#fff", "circle-radius": 8, "circle-stroke-width": 5, "circle-stroke-color": KEY },
    },
    {
      id: "names",
      type: "symbol",
      ...source,
      minzoom: 15,
      filter: ["all", ["has", "id"], shown],
      layout: {
        "text-field": english ? ["coalesce", ["get", "name_en"], ["get", "name"]] : ["get", "name"],
        "text-font": ["sans-serif"],
        "text-size": 12,
        "text-anchor": "top",
        "text-offset": [0, 1.1],
        "text-optional": true,
      },
      paint: { "text-color": "#1a1a1a", "text-halo-color": "#fff", "text-halo-width": 1.5 },
    },
  ];
}

export function style(config) {
  const base = config.outside
    ? picturesOf(config.outside)
    : { sources: { base: baseSource(config.base) }, layers: baseLayers(config.base) };
  const places = config.tiles
    ? { type: "vector", tiles: [config.tiles], minzoom: config.minzoom, maxzoom: config.maxzoom }
    : null;
  return {
    version: 8,
    sources: { ...base.sources, ...(places ? { places } : {}) },
    layers: [
      { id: "water", type: "background", paint: { "background-color": WATER } },
      ...base.layers,
      ...(places ? placeLayers(config) : []),
    ],
  };
}
