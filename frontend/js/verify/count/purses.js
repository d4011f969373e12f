// The voters' money under Equal Shares: what a project would cost its supporters, exactly, and a quick bound on it.
import { gcd, NEAR, nearest } from './exact.js';

/**
 * @typedef {import('./backing.js').Backing} Backing @typedef {import('./exact.js').Fraction} Fraction
 * @typedef {{owed: bigint, payers: number, signs: Int8Array}} Level each unit of worth pays owed / payers of the units that `Purses.unit` make one minor
 *   unit of; `signs` says for each group of supporters whether it has less (-1), just as much (0) or more (1)
 */

/**
 * Who has money left has paid in full for everything bought that they support, so that exact money is a sum over a ballot and need not be
 * kept. `near` is that money in floating point, wrong by less than `slack`; it is 0 exactly where no money is left.
 */
export class Purses {
  /** @param {Backing} backing @param {bigint[]} costs @param {Fraction} share what each voter has at first */
  constructor(backing, costs, share) {
    this.backing = backing;
    this.costs = costs;
    this.share = share.over;
    this.unit = share.under; // so many make one minor unit; `share` and `paid` are counted in it
    /** @type {Map<number, bigint>} what was paid for each unit of worth */
    this.paid = new Map();
    this.first = nearest(share.over, share.under);
    this.near = new Float64Array(backing.heads.length).fill(this.first);
    this.slack = 2 * NEAR * this.first;
  }

  /**
   * No more than each unit of worth must pay for the project, in minor units and counting from `least`, which is known to be no more; Infinity if
   * its supporters cannot pay. If some supporters give all they have and the others pay alike, all with less than that price among those who
   * give all, it is the price; whoever else is taken to give all, it comes out lower (Newton's method on a concave function).
   * @param {number} project @param {number} least @returns {number}
   */
  bound(project, least) {
    const { groups, worth, weight } = this.supporters(project);
    const { near, slack } = this;
    const [money, worths, weights] = scratch(groups.length);
    const rounding = 1 + (groups.length + 8) * NEAR;
    const cost = Number(this.costs[project]) * (1 - NEAR);
    let [level, payers, given, givers, rest] = [least, this.backing.weight[project], 0, 0, 0];
    for (let place = 0; place < groups.length; place += 1) {
      const has = near[groups[place]];
      if (has < level * worth[place]) {
        given += has * weight[place] / worth[place];
        givers += weight[place];
        payers -= weight[place];
      } else {
        money[rest] = has;
        worths[rest] = worth[place];
        weights[rest] = weight[place];
        rest += 1;
      }
    }
    for (;;) {
      const owed = cost - (given * rounding + givers * slack);
      if (rest === 0) return owed > 0 ? Infinity : level;
      const next = owed / payers * (1 - 4 * NEAR);
      if (!(next > level)) return level;
      level = next;
      let kept = 0;
      for (let place = 0; place < rest; place += 1) {
        if (money[place] < level * worths[place]) {
          given += money[place] * weights[place] / worths[place];
          givers += weights[place];
          payers -= weights[place];
        } else {
          money[kept] = money[place];
          worths[kept] = worths[place];
          weights[kept] = weights[place];
          kept += 1;
        }
      }
      if (kept === rest) return level;
      rest = kept;
    }
  }

  /**
   * What each unit of worth pays for the project, or null if its supporters have not enough: a split into those who give all they have and
   * those who pay alike is guessed from `guess` (minor units) and mended until it is the one that follows from its own price.
   * @param {number} project @param {number} guess @returns {Level | null}
   */
  level(project, guess) {
    const { groups, worth, weight } = this.supporters(project);
    let signs = Int8Array.from(groups, (g, place) => (this.near[g] < guess * worth[place] ? -1 : 1));
    for (;;) {
      const owed = this.costs[project] * this.unit - this.moneyOf(project, signs);
      const payers = signs.reduce((sum, sign, place) => (sign < 0 ? sum : sum + weight[place]), 0);
      if (payers === 0 && owed > 0n) return null;
      if (payers === 0) {
        signs.fill(1); // all together have enough
        continue;
      }
      const next = this.compare(project, owed, payers);
      if (next.every((sign, place) => (sign < 0) === (signs[place] < 0))) return { owed, payers, signs: next };
      signs = next;
    }
  }

  /** The exact money of the supporters with sign -1, together. @param {number} project @param {Int8Array} signs @returns {bigint} */
  moneyOf(project, signs) {
    const { groups } = this.supporters(project);
    const { heads, starts, projects, worth } = this.backing;
    const spent = new Float64Array(this.costs.length);
    let people = 0;
    for (let place = 0; place < groups.length; place += 1) {
      const g = groups[place];
      if (signs[place] >= 0 || this.near[g] === 0) continue;
      people += heads[g];
      for (let e = starts[g]; e < starts[g + 1]; e += 1) spent[projects[e]] += heads[g] * worth[e];
    }
    let money = this.share * BigInt(people);
    for (const [other, paid] of this.paid) money -= paid * BigInt(spent[other]);
    return money;
  }

  /** Each group's money against owed / payers for each unit of worth. @param {number} project @param {bigint} owed @param {number} payers */
  compare(project, owed, payers) {
    const { groups, worth } = this.supporters(project);
    const level = owed > 0n ? nearest(owed, BigInt(payers) * this.unit) : 0;
    const certain = this.slack * 2;
    /** @type {Map<string, number>} */
    const known = new Map();
    return Int8Array.from(groups, (g, place) => {
      const price = level * worth[place];
      const over = this.near[g] - price;
      const doubt = certain + price * 4 * NEAR;
      if (over > doubt) return 1;
      if (over < -doubt) return -1;
      return this.compareExactly(g, owed * BigInt(worth[place]), payers, known);
    });
  }

  /** One group's money against owed / payers. @param {number} g @param {bigint} owed @param {number} payers @param {Map<string, number>} known */
  compareExactly(g, owed, payers, known) {
    const { starts, projects, worth } = this.backing;
    const broke = this.near[g] === 0;
    let key = `${owed}`;
    for (let e = starts[g]; e < starts[g + 1] && !broke; e += 1) if (this.paid.has(projects[e])) key += ` ${projects[e]}:${worth[e]}`;
    if (broke) key += ' nothing';
    const found = known.get(key);
    if (found !== undefined) return found;
    let money = broke ? 0n : this.share;
    for (let e = starts[g]; e < starts[g + 1] && !broke; e += 1) money -= (this.paid.get(projects[e]) ?? 0n) * BigInt(worth[e]);
    const over = money * BigInt(payers) - owed;
    const sign = Number(over > 0n) - Number(over < 0n);
    known.set(key, sign);
    return sign;
  }

  /** Take the payments for the project. @param {number} project @param {Level} level @returns {Fraction} what each unit of worth paid, in minor units */
  pay(project, { owed, payers, signs }) {
    const { groups, worth } = this.supporters(project);
    const common = gcd(BigInt(payers), owed);
    const finer = BigInt(payers) / common;
    this.share *= finer;
    this.unit *= finer;
    for (const [other, paid] of this.paid) this.paid.set(other, paid * finer);
    this.paid.set(project, owed / common);
    const price = { over: owed / common, under: this.unit };
    const near = nearest(price.over, price.under);
    groups.forEach((g, place) => {
      this.near[g] = signs[place] > 0 ? Math.max(Number.MIN_VALUE, this.near[g] - near * worth[place]) : 0;
    });
    this.slack += 2 * NEAR * this.first;
    return price;
  }

  /** @param {number} project */
  supporters(project) {
    return /** @type {import('./backing.js').Backers} */ (this.backing.backers.get(project));
  }
}

let shared = [0, 1, 2].map(() => new Float64Array(0));

/** Three lists of numbers to write into. @param {number} length */
function scratch(length) {
  if (shared[0].length < length) shared = shared.map(() => new Float64Array(2 * length));
  return shared;
}
