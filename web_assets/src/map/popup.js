// What a pin tells: name, rate, services, and the way to the place's own page.
const SHOWN = 10;

function element(tag, text, className = "") {
  return Object.assign(document.createElement(tag), { textContent: text, className });
}

function entry({ properties }, config) {
  const item = element("li", "");
  const link = element("a", (config.english && properties.name_en) || properties.name, "map-popup__name");
  link.href = config.place.replace("{id}", properties.id);
  item.append(link);
  if (properties.rate) item.append(element("p", config.words.reward.replace("{rate}", properties.rate / 100)));
  const services = (properties.services || "").split(";").filter(Boolean);
  const names = services.map((code) => config.services[code] || code);
  const more = names.length > SHOWN ? ` +${names.length - SHOWN}` : "";
  item.append(element("p", names.slice(0, SHOWN).join(config.english ? ", " : "、") + more, "quiet"));
  return item;
}

export function content(features, config) {
  const list = element("ul", "", "map-popup");
  list.setAttribute("role", "list");
  const seen = new Set();
  for (const feature of features) {
    if (seen.has(feature.properties.id)) continue;
    seen.add(feature.properties.id);
    list.append(entry(feature, config));
  }
  return list;
}
