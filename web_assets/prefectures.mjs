// Outlines of the 47 prefectures, for charts and for the map, from a package made of MapSVG's map of Japan (CC BY 4.0).
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import japan from "@svg-maps/japan";

// In the order of the JIS X 0401 codes, 01 to 47.
const inOrder = `hokkaido aomori iwate miyagi akita yamagata fukushima ibaraki tochigi gunma saitama chiba tokyo kanagawa
  niigata toyama ishikawa fukui yamanashi nagano gifu shizuoka aichi mie shiga kyoto osaka hyogo nara wakayama tottori
  shimane okayama hiroshima yamaguchi tokushima kagawa ehime kochi fukuoka saga nagasaki kumamoto oita miyazaki
  kagoshima okinawa`.split(/\s+/);

const credit = "Prefecture outlines: MapSVG (mapsvg.com), CC BY 4.0, by way of @svg-maps/japan";

// A hundredth of a unit is some 40 metres: finer than any drawing shows, and a third of the size. The paths are steps
// from point to point, so it is the points that are rounded: rounded steps would drift, and neighbours drift apart.
function rounded(path) {
  let [startX, startY] = [0, 0];
  let [lastX, lastY] = [0, 0];
  const hundredth = (figure) => Math.round(figure * 100) / 100;
  return path.replace(/m([^mz]*)/g, (_, steps) => {
    const figures = steps.match(/-?\d+(?:\.\d+)?/g).map(Number);
    let [x, y] = [startX, startY];
    [startX, startY] = [x + figures[0], y + figures[1]];
    // After the end of a piece the pen is back at its beginning.
    let begin = null;
    const told = [];
    for (let at = 0; at < figures.length; at += 2) {
      [x, y] = [x + figures[at], y + figures[at + 1]];
      const [toX, toY] = [hundredth(x), hundredth(y)];
      told.push(`${hundredth(toX - lastX)},${hundredth(toY - lastY)}`);
      [lastX, lastY] = [toX, toY];
      begin ??= [toX, toY];
    }
    [lastX, lastY] = begin;
    return `m ${told.join(" ")} `;
  });
}

export function writePrefectures(folder) {
  const byName = new Map(japan.locations.map(({ id, path }) => [id, path]));
  const paths = {};
  inOrder.forEach((name, index) => {
    if (!byName.has(name)) throw new Error(`@svg-maps/japan has no outline of ${name}`);
    paths[String(index + 1).padStart(2, "0")] = rounded(byName.get(name));
  });
  const symbols = Object.entries(paths).map(([code, d]) => `<path id="p${code}" d="${d}"/>`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${japan.viewBox}"><!-- ${credit} -->${symbols.join("")}</svg>\n`;
  const made = [join(folder, "prefectures.json"), join(folder, "prefectures.svg")];
  writeFileSync(made[0], JSON.stringify({ credit, viewBox: japan.viewBox, paths }));
  writeFileSync(made[1], svg);
  return made;
}
