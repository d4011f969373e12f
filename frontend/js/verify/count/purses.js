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
    const { groups, heads, worth, weight } = this.supporters(project);
    const { near, slack } = this;
    const rounding = 1 + (groups.length + 8) * NEAR;
    const cost = Number(this.costs[project]) * (1 - NEAR);
    const rest = places(groups.length);
    let [level, length, payers, given, givers] = [least, groups.length, weight, 0, 0];
    for (;;) {
      let kept = 0;
      for (let i = 0; i < length; i += 1) {
        const place = rest[i];
        const has = near[groups[place]];
        if (has < level * worth[place]) {
          given += has * heads[place];
          givers += heads[place];
          payers -= heads[place] * worth[place];
        } else {
          rest[kept] = place;
          kept += 1;
        }
      }
      const owed = cost - (given * rounding + givers * slack);
      if (kept === 0) return owed > 0 ? Infinity : level;
      const next = owed / payers * (1 - 4 * NEAR);
      if (!(next > level)) return level;
      [level, length] = [next, kept];
    }
  }

  /**
   * What each unit of worth pays for the project, or null if its supporters have not enough: a split into those who give all they have and
   * those who pay alike is guessed from `guess` (minor units) and mended until it is the one that follows from its own price.
   * @param {number} project @param {number} guess @returns {Level | null}
   */
  level(project, guess) {
    const { groups, worth } = this.supporters(project);
    let signs = new Int8Array(groups.length);
    for (let place = 0; place < groups.length; place += 1) if (this.near[groups[place]] < guess * worth[place]) signs[place] = -1;
    for (;;) {
      const { money, payers } = this.split(project, signs);
      const owed = this.costs[project] * this.unit - money;
      if (payers === 0 && owed > 0n) return null;
      if (payers === 0) {
        signs.fill(0); // all together have enough
        continue;
      }
      const next = this.compare(project, owed, payers);
      if (sameSplit(signs, next)) return { owed, payers, signs: next };
      signs = next;
    }
  }

  /** The exact money of the supporters with sign -1, and what the project is worth to all others. @param {number} project @param {Int8Array} signs */
  split(project, signs) {
    const { groups, heads, worth } = this.supporters(project);
    const { starts, projects, worth: worths } = this.backing;
    const spent = new Float64Array(this.costs.length);
    let [people, payers] = [0, 0];
    for (let place = 0; place < groups.length; place += 1) {
      const g = groups[place];
      if (signs[place] >= 0) payers += heads[place] * worth[place];
      else if (this.near[g] > 0) {
        people += heads[place];
        for (let e = starts[g]; e < starts[g + 1]; e += 1) spent[projects[e]] += heads[place] * worths[e];
      }
    }
    let money = this.share * BigInt(people);
    for (const [other, paid] of this.paid) money -= paid * BigInt(spent[other]);
    return { money, payers };
  }

  /** Each group's money against owed / payers for each unit of worth. @param {number} project @param {bigint} owed @param {number} payers */
  compare(project, owed, payers) {
    const { groups, worth } = this.supporters(project);
    const level = owed > 0n ? nearest(owed, BigInt(payers) * this.unit) : 0;
    const certain = this.slack * 2;
    /** @type {Map<string, number>} */
    const known = new Map();
    const signs = new Int8Array(groups.length);
    for (let place = 0; place < groups.length; place += 1) {
      const price = level * worth[place];
      const over = this.near[groups[place]] - price;
      const doubt = certain + price * 4 * NEAR;
      if (over > doubt) signs[place] = 1;
      else if (over < -doubt) signs[place] = -1;
      else signs[place] = this.compareExactly(groups[place], owed * BigInt(worth[place]), payers, known);
    }
    return signs;
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
    for (let place = 0; place < groups.length; place += 1) {
      const g = groups[place];
      this.near[g] = signs[place] > 0 ? Math.max(Number.MIN_VALUE, this.near[g] - near * worth[place]) : 0;
    }
    this.slack += 2 * NEAR * this.first;
    return price;
  }

  /** @param {number} project */
  supporters(project) {
    return /** @type {import('./backing.js').Backers} */ (this.backing.backers.get(project));
  }
}

/** Do the same groups give all they have? @param {Int8Array} one @param {Int8Array} other */
const sameSplit = (one, other) => one.every((sign, place) => (sign < 0) === (other[place] < 0));

let shared = new Int32Array(0);

/** A list of all places, to write into. @param {number} length */
function places(length) {
  if (shared.length < length) shared = new Int32Array(2 * length);
  for (let place = 0; place < length; place += 1) shared[place] = place;
  return shared;
}
