// Buying with one share for each voter, until no project is affordable.
import { NEAR, nearest } from './exact.js';
import { Purses } from './purses.js';

/**
 * @typedef {import('./opening.js').Count} Count @typedef {import('./backing.js').Backing} Backing @typedef {import('./exact.js').Fraction} Fraction
 * @typedef {import('./account.js').Account} Account @typedef {import('./purses.js').Level} Level
 * @typedef {{share: Fraction, account: Account, bought: {project: number, price: Fraction}[]}} Spree the account afterwards, and each purchase in order
 * @typedef {{project: number, least: number, fresh: boolean}} Offer `least`: no more than each unit of worth must pay, since the last purchase if `fresh`
 * @typedef {{offer: Offer, level: Level, rank: Fraction}} Priced `rank`: the price for each unit of what the project is worth, times `Purses.unit`
 */

/**
 * Again and again buy the project that is affordable at the lowest price for what it is worth. With `byCost` that is its cost to each
 * supporter: then they all pay for one and the same, worth 1, and the cost divides the price. Prices never fall while money is spent, so that
 * bounds stay bounds. It ends as soon as more is spent than there is, where the share is more than everybody's part of the budget.
 * @param {Count} count @param {Backing} backing @param {Fraction} share @param {boolean} byCost @returns {Spree}
 */
export function shop(count, backing, share, byCost) {
  const { costs } = count.election;
  const account = count.account.copy();
  const purses = new Purses(backing, costs, share);
  const bought = [];
  /** @type {Offer[]} */
  let offers = [...backing.backers.keys()].map((project) => ({ project, least: 0, fresh: false }));
  while (account.left >= 0n) {
    const market = { count, purses, account, byCost };
    for (const offer of offers) offer.fresh = false;
    const winner = cheapest(market, offers);
    if (!winner) break;
    const { project } = winner.offer;
    bought.push({ project, price: purses.pay(project, winner.level) });
    account.pay(project, costs[project]);
    offers = offers.filter((offer) => offer !== winner.offer && offer.least < Infinity);
  }
  return { share, account, bought };
}

/** @typedef {{count: Count, purses: Purses, account: Account, byCost: boolean}} Market */

/**
 * The project with the lowest rank, the first of equals in the tie order; none if nothing is affordable. Bounds settle which projects are
 * priced exactly, and exact prices settle the rest. What cannot be bought any more gets the bound Infinity.
 * @param {Market} market @param {Offer[]} offers @returns {Priced | null}
 */
function cheapest(market, offers) {
  const { count, purses, account, byCost } = market;
  const { costs } = count.election;
  const rank = (/** @type {Offer} */ offer) => (byCost ? offer.least / Number(costs[offer.project]) * (1 - 2 * NEAR) : offer.least);
  /** @type {Priced | null} */
  let best = null;
  let ceiling = Infinity;
  const unpriced = new Set(offers);
  for (;;) {
    let [next, lowest] = [/** @type {Offer | null} */ (null), Infinity];
    for (const offer of unpriced) if (rank(offer) < lowest) [next, lowest] = [offer, rank(offer)];
    if (!next || lowest > ceiling) return best;
    if (!next.fresh) {
      const { project } = next;
      next.least = account.blocked(project, costs[project]) ? Infinity : purses.bound(project, next.least);
      next.fresh = true;
      continue;
    }
    unpriced.delete(next);
    const priced = price(market, next);
    if (!priced) {
      next.least = Infinity;
      continue;
    }
    if (!best || before(count, priced, best)) {
      best = priced;
      ceiling = nearest(priced.rank.over, priced.rank.under * purses.unit) * (1 + 4 * NEAR);
    }
  }
}

/** @param {Market} market @param {Offer} offer @returns {Priced | null} */
function price({ count, purses, byCost }, offer) {
  const level = purses.level(offer.project, offer.least);
  if (!level) return null;
  const worth = byCost ? count.election.costs[offer.project] : 1n;
  return { offer, level, rank: { over: level.owed, under: BigInt(level.payers) * worth } };
}

/** @param {Count} count @param {Priced} one @param {Priced} other */
function before({ ties }, one, other) {
  const [left, right] = [one.rank.over * other.rank.under, other.rank.over * one.rank.under];
  return left < right || (left === right && ties[one.offer.project] < ties[other.offer.project]);
}
