// Who supports which candidate, both ways round, and with voters who support the same taken together.
import { worths } from './support.js';

/** @typedef {import('./opening.js').Count} Count */

/**
 * Group g, `heads[g]` voters who support the same, supports the candidates `projects[e]`, worth `worth[e]` to each, for e from `starts[g]` to
 * before `starts[g + 1]`. The other way round, project p has the supporters `backers[p]`.
 * @typedef {object} Backing
 * @property {Float64Array} heads @property {Int32Array} starts @property {Int32Array} projects @property {Float64Array} worth
 * @property {Map<number, Backers>} backers of each candidate that somebody supports, in ballot order
 */

/** Groups with their voters, and the worth to each of them; `weight` to all together. @typedef {{groups: Int32Array, heads: Float64Array, worth: Float64Array, weight: number}} Backers */

/** @param {Count} count @param {string} utility @returns {Backing} */
export function backing({ election, candidates }, utility) {
  const entries = supported(election, worths(election, utility), new Set(candidates));
  const grouped = group(election.heads, entries);
  const size = new Int32Array(election.ids.length);
  for (const project of grouped.projects) size[project] += 1;
  const of = (/** @type {number} */ p) => ({ groups: new Int32Array(size[p]), heads: new Float64Array(size[p]), worth: new Float64Array(size[p]), weight: 0 });
  const backers = new Map(candidates.filter((project) => size[project] > 0).map((project) => [project, of(project)]));
  const filled = new Int32Array(size.length);
  grouped.heads.forEach((heads, g) => {
    for (let e = grouped.starts[g]; e < grouped.starts[g + 1]; e += 1) {
      const project = grouped.projects[e];
      const here = /** @type {Backers} */ (backers.get(project));
      const place = filled[project]++;
      here.groups[place] = g;
      here.worth[place] = grouped.worth[e];
      here.heads[place] = heads;
      here.weight += heads * grouped.worth[e];
    }
  });
  return { ...grouped, backers };
}

/** For each ballot the candidates on it that are worth something, in ballot order. @param {import('./election.js').Election} election @param {Float64Array} worth @param {Set<number>} candidates */
function supported({ starts, listed, heads }, worth, candidates) {
  return Array.from(heads, (_, b) => {
    const entries = [];
    for (let e = starts[b]; e < starts[b + 1]; e += 1) if (worth[e] > 0 && candidates.has(listed[e])) entries.push({ project: listed[e], worth: worth[e] });
    return entries.sort((one, other) => one.project - other.project);
  });
}

/** Ballots with the same entries, as one. @param {Float64Array} heads @param {{project: number, worth: number}[][]} ballots */
function group(heads, ballots) {
  /** @type {Map<string, {entries: {project: number, worth: number}[], heads: number}>} */
  const groups = new Map();
  ballots.forEach((entries, b) => {
    const key = entries.map((entry) => `${entry.project}:${entry.worth}`).join();
    const known = groups.get(key);
    if (known) known.heads += heads[b];
    else if (entries.length > 0) groups.set(key, { entries, heads: heads[b] });
  });
  const all = [...groups.values()];
  const starts = new Int32Array(all.length + 1);
  all.forEach(({ entries }, g) => { starts[g + 1] = starts[g] + entries.length; });
  const flat = all.flatMap(({ entries }) => entries);
  return {
    heads: Float64Array.from(all, (known) => known.heads),
    starts,
    projects: Int32Array.from(flat, (entry) => entry.project),
    worth: Float64Array.from(flat, (entry) => entry.worth),
  };
}
