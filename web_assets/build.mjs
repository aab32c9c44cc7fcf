// Bundles every script in web_assets/src and the style sheet into src/madoguchi/web/static/dist.
// `npm run build` once, `npm run watch` while working on them.
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, parse, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { writePrefectures } from "./prefectures.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "src", "madoguchi", "web", "static", "dist");
const isWatching = process.argv.includes("--watch");

const scripts = readdirSync(join(here, "src"))
  .filter((name) => name.endsWith(".js") && !name.startsWith("_"))
  .map((name) => join(here, "src", name));

const options = {
  entryPoints: [
    ...[...scripts, join(here, "css", "app.css"), join(here, "css", "letters.css")].map((path) => ({ in: path, out: parse(path).name })),
    // As a file of this site: MapLibre would make its worker from a blob, for which the content policy has no room.
    { in: "maplibre-gl/dist/maplibre-gl-worker.mjs", out: "map-worker" },
  ],
  outdir: target,
  entryNames: "[name]",
  // A font's name carries its content, so that a browser may keep it for ever.
  assetNames: "fonts/[name]-[hash]",
  loader: { ".woff2": "file", ".svg": "dataurl" },
  bundle: true,
  minify: !isWatching,
  sourcemap: isWatching,
  format: "iife",
  // Tills run on tablets that get no updates any more.
  target: ["es2020", "chrome87", "firefox88", "safari14.1"],
  legalComments: "none",
  logLevel: "info",
};

// What is handed on with the bundle, under its makers' licences.
const bundled = [
  "@digital-go-jp/design-tokens",
  "@fontsource-variable/noto-sans-jp",
  "@svg-maps/japan",
  "htmx.org",
  "maplibre-gl",
];
// What a licence wants said beside its own text.
const credits = {
  "@svg-maps/japan":
    "Based on the map of Japan by MapSVG (https://mapsvg.com/maps/japan), Creative Commons Attribution 4.0 International. " +
    "Changed here: named by prefecture code, figures rounded.",
};

function writeLicences(path) {
  const texts = bundled.map((name) => {
    const folder = join(here, "..", "node_modules", name);
    const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    const credit = credits[name] ? `${credits[name]}\n\n` : "";
    return `${name}\n${"=".repeat(name.length)}\n\n${credit}${readFileSync(join(folder, licence), "utf8").trim()}\n`;
  });
  writeFileSync(path, texts.join("\n\n"));
}

if (isWatching) {
  writePrefectures(target);
  await (await esbuild.context(options)).watch();
} else {
  const { metafile } = await esbuild.build({ ...options, metafile: true });
  // Only now, so that a build that fails leaves the last good one standing.
  const licences = join(target, "LICENCES.txt");
  const made = new Set([licences, ...writePrefectures(target), ...Object.keys(metafile.outputs).map((path) => resolve(path))]);
  writeLicences(licences);
  for (const entry of readdirSync(target, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && !made.has(path)) rmSync(path);
  }
}
