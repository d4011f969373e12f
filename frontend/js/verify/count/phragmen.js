// Sequential Phragmen for projects with costs. Los, Christoff, Grossi: Proportional Budget Allocations: Towards a Systematization (IJCAI 2022), after
// Brill, Freeman, Janson, Lackner: Phragmen's Voting Methods and Justified Representation (AAAI 2017).
import { backing } from './backing.js';
import { compare, gcd } from './exact.js';
import { fund, waiting } from './opening.js';

/** @typedef {import('./opening.js').Count} Count @typedef {import('./backing.js').Backing} Backing @typedef {import('./backing.js').Backers} Backers */

/**
 * Every voter begins with load 0. Buying a project gives each of its supporters the same load, which covers its cost: (cost + the loads that its
 * supporters have) / their number. The project with the lowest such load is next. If one of those tied for it does not fit in the money left the
 * count stops; with `skip` it is passed over. @param {Count} count @param {{skip: boolean}} given @param {(done: number) => void} progress
 */
export function phragmen(count, { skip }, progress) {
  const { account, election: { costs } } = count;
  const loads = new Loads(backing(count, 'votes'), costs.length);
  for (let done = 1; ; done += 1) {
    const able = waiting(count).filter((project) => !account.blocked(project, costs[project]) && !(skip && costs[project] > account.left));
    const offers = able.map((project) => ({ project, ...loads.offer(project, costs[project]) }));
    const tied = lowestOf(offers);
    if (tied.length === 0 || tied.some(({ project }) => costs[project] > account.left)) return;
    const winner = tied.reduce((first, other) => (count.ties[other.project] < count.ties[first.project] ? other : first));
    fund(count, winner.project, costs[winner.project], 'phragmen', { over: winner.over, under: winner.under * loads.unit });
    loads.raise(winner.project, winner.over, winner.under);
    progress(done);
  }
}

/** @typedef {{project: number, over: bigint, under: bigint}} Offer a project and the load that buying it brings, over / under */

/** The offers with the lowest load. @param {Offer[]} offers @returns {Offer[]} */
function lowestOf(offers) {
  /** @type {Offer[]} */
  let lowest = [];
  for (const offer of offers) {
    const order = lowest.length > 0 ? compare(offer, lowest[0]) : -1;
    if (order < 0) lowest = [offer];
    else if (order === 0) lowest.push(offer);
  }
  return lowest;
}

/** Who carries how much. All whose last project was bought at the same time carry the same, so that it is enough to count those of each time. */
class Loads {
  /** @param {Backing} backed @param {number} projects how many there are */
  constructor(backed, projects) {
    this.backed = backed;
    this.unit = 1n; // so many make one minor unit
    this.levels = [0n]; // what those whose last project was bought at time t carry, counted in it
    this.last = new Int32Array(backed.heads.length); // for each group of voters that time
    this.times = projects + 1;
    this.voters = new Float64Array(projects * this.times); // at p * times + t: how many supporters of p had their last project at time t
    for (const [project, { heads }] of backed.backers) this.voters[project * this.times] = heads.reduce((sum, voters) => sum + voters, 0);
  }

  /** The load of its supporters if the project were bought, counted in `unit`. @param {number} project @param {bigint} cost */
  offer(project, cost) {
    const voters = this.voters.subarray(project * this.times, (project + 1) * this.times);
    let [over, under] = [cost * this.unit, 0];
    this.levels.forEach((level, time) => {
      if (voters[time] > 0) over += level * BigInt(voters[time]);
      under += voters[time];
    });
    return { over, under: BigInt(under) };
  }

  /** Give all supporters of the project the load over / under. @param {number} project @param {bigint} over @param {bigint} under */
  raise(project, over, under) {
    const common = gcd(under, over);
    const finer = under / common;
    this.unit *= finer;
    this.levels = this.levels.map((level) => level * finer);
    const now = this.levels.push(over / common) - 1;
    const { starts, projects, heads, backers } = this.backed;
    for (const g of /** @type {Backers} */ (backers.get(project)).groups) {
      for (let e = starts[g]; e < starts[g + 1]; e += 1) {
        this.voters[projects[e] * this.times + this.last[g]] -= heads[g];
        this.voters[projects[e] * this.times + now] += heads[g];
      }
      this.last[g] = now;
    }
  }
}
