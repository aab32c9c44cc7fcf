// How many places a feature stands for, of the service and rate that the page asks for, as MapLibre's expressions.
const RATES = [500, 200];

const property = (name) => ["coalesce", ["get", name], 0];

/** Of a cluster: its own count of that service and rate. No reward is what is left of all. */
function ofCluster(service, rate) {
  const all = service ? `s_${service}` : "n";
  const at = (bps) => (service ? `s_${service}_r${bps}` : `r${bps}`);
  if (rate === null) return property(all);
  if (RATES.includes(rate)) return property(at(rate));
  return ["-", property(all), ["+", ...RATES.map((bps) => property(at(bps)))]];
}

/** Of a single place: whether it fits. */
function fits(service, rate) {
  const wanted = ["all"];
  if (service) wanted.push(["in", `;${service};`, ["get", "services"]]);
  if (rate !== null) wanted.push(["==", ["get", "rate"], rate]);
  return wanted.length === 1 ? true : wanted;
}

export function count(service, rate) {
  return ["case", ["has", "id"], ["case", fits(service, rate), 1, 0], ofCluster(service, rate)];
}
