// The set of projects that is worth most to all voters together, of all that can be paid for: the knapsack problem, exactly, by lists of undominated
// partial sets (Nemhauser, Ullmann: Discrete Dynamic Programming and Capital Allocation, 1969) with Dantzig's bound (1957).
import { RecountError } from './error.js';
import { fund } from './opening.js';
import { totals } from './support.js';

/**
 * @typedef {import('./opening.js').Count} Count
 * @typedef {{project: number, worth: bigint, cost: bigint, weighs: bigint[]}} Item `weighs`: in each limit, of which `room` is left
 * @typedef {{worth: bigint, used: bigint[], last: Item | null, before: Plan | null}} Plan some items, the last of them and the plan before it; `used` of
 *   each limit, the first of which is the money
 */

const MOST_PLANS = 300_000;

/** Fund the best set of candidates, in ballot order. @param {Count} count @param {{utility: string}} given @param {(done: number) => void} progress */
export function maxWelfare(count, { utility }, progress) {
  const { costs } = count.election;
  const scores = totals(count.election, utility).map((score, project) => BigInt(score) * (utility === 'cost' ? costs[project] : 1n));
  for (const project of bestSet(count, scores, progress)) fund(count, project, costs[project], 'max-welfare');
  count.welfare = [...count.account.paid.keys()].reduce((sum, project) => sum + scores[project], 0n);
}

/**
 * The candidates with the highest sum of scores, of such sets the cheapest, of those the first in ballot order. They are decided one by one. A plan is
 * dropped when another is worth more and uses no more, or when even a part of a project, bought with all the money left, would not bring it above the
 * best plan known. @param {Count} count @param {bigint[]} scores @param {(done: number) => void} progress @returns {number[]}
 */
function bestSet(count, scores, progress) {
  const { items, rooms } = offered(count, scores);
  /** @type {Plan} */
  const nothing = { worth: 0n, used: rooms.map(() => 0n), last: null, before: null };
  let best = items.reduce((plan, item) => add(plan, item, rooms) ?? plan, nothing);
  let plans = [nothing];
  items.forEach((item, place) => {
    const later = items.slice(place + 1);
    const bound = bounds(later, rooms[0]);
    const more = plans.flatMap((plan) => add(plan, item, rooms) ?? []);
    best = more.reduce((first, plan) => (plan.worth > first.worth ? plan : first), best);
    const open = rooms.map((_, limit) => limit).filter((limit) => later.some(({ weighs }) => weighs[limit] > 0n));
    plans = undominated([...plans, ...more].filter((plan) => plan.worth + bound(plan.used[0]) > best.worth), open);
    if (plans.length > MOST_PLANS) throw new RecountError(`the best set is not found among ${MOST_PLANS} partial sets`);
    progress(place + 1);
  });
  const chosen = [];
  for (let plan = best; plan.last && plan.before; plan = plan.before) chosen.push(plan.last.project);
  return chosen.sort((a, b) => a - b);
}

/**
 * What may be chosen, by falling worth for the money, and how much room each limit has: all the money, what each set of pots has left for those that no
 * other pot may pay for, and one of each group that excludes each other. Worth is one integer that settles equal scores too: the score, then the lower
 * cost, then who comes first on the ballot. @param {Count} count @param {bigint[]} scores @returns {{items: Item[], rooms: bigint[]}}
 */
function offered({ account, candidates, election, terms }, scores) {
  const { costs } = election;
  const able = candidates.filter((project) => scores[project] > 0n && !account.blocked(project, costs[project]));
  const money = fences(account, able, costs);
  const groups = terms.exclusions.filter((group) => able.filter((project) => group.includes(project)).length > 1);
  const more = account.left + 1n; // no set costs as much
  const items = able.map((project) => ({
    project,
    worth: ((scores[project] * more - costs[project]) << BigInt(costs.length)) + (1n << BigInt(costs.length - 1 - project)),
    cost: costs[project],
    weighs: [costs[project], ...money.map(({ projects }) => (projects.includes(project) ? costs[project] : 0n)), ...groups.map((group) => (group.includes(project) ? 1n : 0n))],
  }));
  items.sort((a, b) => Number(b.worth * a.cost > a.worth * b.cost) - Number(b.worth * a.cost < a.worth * b.cost));
  return { items, rooms: [account.left, ...money.map(({ room }) => room), ...groups.map(() => 1n)] };
}

/**
 * The sets of pots that may turn out too small, with the projects that no other pot may pay for and what is left for them.
 * @param {import('./account.js').Account} account @param {number[]} able @param {bigint[]} costs @returns {{projects: number[], room: bigint}[]}
 */
function fences(account, able, costs) {
  /** @type {Map<string, {projects: number[], room: bigint}>} */
  const tightest = new Map();
  account.free.slice(0, -1).forEach((room, set) => {
    const projects = able.filter((project) => account.setsOf[project].includes(set));
    const known = tightest.get(projects.join());
    if (!known || room < known.room) tightest.set(projects.join(), { projects, room });
  });
  return [...tightest.values()].filter(({ projects, room }) => projects.reduce((sum, project) => sum + costs[project], 0n) > room);
}

/** The plan with one item more; undefined if there is no room. @param {Plan} plan @param {Item} item @param {bigint[]} rooms @returns {Plan | undefined} */
function add(plan, item, rooms) {
  const used = plan.used.map((sum, limit) => sum + item.weighs[limit]);
  return used.every((sum, limit) => sum <= rooms[limit]) ? { worth: plan.worth + item.worth, used, last: item, before: plan } : undefined;
}

/** How much these items add at most when so much money is spent, if the last may be bought in part. @param {Item[]} items @param {bigint} money @returns {(spent: bigint) => bigint} */
function bounds(items, money) {
  const sums = [{ worth: 0n, cost: 0n }];
  for (const { worth, cost } of items) sums.push({ worth: sums[sums.length - 1].worth + worth, cost: sums[sums.length - 1].cost + cost });
  return (spent) => {
    let [low, high] = [0, items.length]; // so many fit, no more
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (sums[middle].cost <= money - spent) low = middle;
      else high = middle - 1;
    }
    if (low === items.length) return sums[low].worth;
    const { worth, cost } = items[low];
    return sums[low].worth + (worth * (money - spent - sums[low].cost) + cost - 1n) / cost;
  };
}

/** The plans for which no other is worth more and uses no more of any limit that still matters. @param {Plan[]} plans @param {number[]} open */
function undominated(plans, open) {
  /** @type {Plan[]} */
  const kept = [];
  for (const plan of plans.sort((a, b) => Number(b.worth > a.worth) - Number(b.worth < a.worth))) {
    const rivals = open.length === 1 ? kept.slice(-1) : kept; // with one limit the last kept uses least
    if (!rivals.some((rival) => open.every((limit) => rival.used[limit] <= plan.used[limit]))) kept.push(plan);
  }
  return kept;
}
