// Whether voters can bear the cost of projects with a load of so much each: the most that can flow from projects to their supporters (Dinitz 1970).
// Amounts are numbers, or bigints where numbers would round; the same lines count with both.

/** @typedef {import('./crowd.js').Network} Network @typedef {import('./exact.js').Fraction} Fraction */

const EXACT = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * The places of the projects S whose cost exceeds what their supporters bear with this load by most; none if no set's cost does. Everything is counted so
 * finely that the load is whole. @param {Network} network @param {bigint[]} costs of each project, in their places @param {Fraction} load @returns {number[]}
 */
export function overburdened(network, costs, { over, under }) {
  const voters = BigInt(network.heads.reduce((sum, heads) => sum + heads, 0));
  const all = costs.reduce((sum, cost) => sum + cost, 0n) * under;
  /** @type {any} */
  const [amount, list] = all <= EXACT && voters * over <= EXACT ? [Number, Float64Array] : [BigInt, Array];
  const each = amount(over);
  const bearing = new Bearing(network, {
    wanted: list.from(costs, (/** @type {bigint} */ cost) => amount(cost * under)),
    rooms: list.from(network.heads, (/** @type {number} */ heads) => amount(heads) * each),
    borne: new list(network.placeOf.length).fill(amount(0)),
    none: amount(0),
  });
  bearing.dropLight();
  bearing.begin();
  while (bearing.layer()) bearing.flow();
  return costs.map((_, p) => p).filter((p) => bearing.depth[p] >= 0); // on the near side of the smallest cut
}

/**
 * Who bears how much: `wanted[p]` is what nobody bears yet of project p, `rooms[k]` what class k can bear yet, `borne[e]` what is borne along edge e. Only
 * projects with `heavy[p]` are looked at; class k supports `degree[k]` of these.
 */
class Bearing {
  /** @param {Network} network @param {{wanted: any, rooms: any, borne: any, none: any}} amounts `none` is the amount 0 */
  constructor({ starts, placeOf, classOf, edges }, { wanted, rooms, borne, none }) {
    this.starts = starts;
    this.placeOf = placeOf;
    this.classOf = classOf;
    this.edges = edges;
    this.wanted = wanted;
    this.rooms = rooms;
    this.borne = borne;
    this.none = none;
    this.degree = new Int32Array(rooms.length);
    for (let k = 0; k < rooms.length; k += 1) this.degree[k] = starts[k + 1] - starts[k];
    this.heavy = new Uint8Array(wanted.length).fill(1);
    this.depth = new Int32Array(wanted.length);
    this.depthOf = new Int32Array(rooms.length);
    this.tried = new Int32Array(wanted.length);
    this.triedOf = new Int32Array(rooms.length);
  }

  /**
   * Set aside projects whose cost those can bear who support no other: without them a set is no lighter. Each that goes leaves more voters to the others,
   * so this goes on until none is light.
   */
  dropLight() {
    const { starts, placeOf, classOf, edges, rooms, wanted, degree, heavy } = this;
    const alone = wanted.map(() => this.none);
    const settle = (/** @type {number} */ k) => {
      for (let e = starts[k]; e < starts[k + 1] && degree[k] === 1; e += 1) if (heavy[placeOf[e]]) alone[placeOf[e]] += rooms[k];
    };
    for (let k = 0; k < rooms.length; k += 1) settle(k);
    for (;;) {
      const light = heavy.findIndex((still, p) => still === 1 && wanted[p] <= alone[p]);
      if (light < 0) return;
      heavy[light] = 0;
      for (const e of edges[light]) {
        degree[classOf[e]] -= 1;
        settle(classOf[e]);
      }
    }
  }

  /** A beginning: each class, those that support fewest first, bears what it can of the project that wants most. */
  begin() {
    const { starts, placeOf, rooms, wanted, none, heavy } = this;
    for (const k of this.byDegree()) {
      while (rooms[k] > none) {
        let most = -1;
        for (let e = starts[k]; e < starts[k + 1]; e += 1) {
          const p = placeOf[e];
          if (heavy[p] && wanted[p] > (most < 0 ? none : wanted[placeOf[most]])) most = e;
        }
        if (most < 0) break;
        const amount = rooms[k] < wanted[placeOf[most]] ? rooms[k] : wanted[placeOf[most]];
        this.bear(most, amount);
        wanted[placeOf[most]] -= amount;
      }
    }
  }

  /** The classes that support any heavy project, those that support fewest first. */
  byDegree() {
    const { degree, heavy } = this;
    const ends = new Int32Array(heavy.length + 2);
    for (const those of degree) ends[those + 1] += 1;
    for (let d = 1; d < ends.length; d += 1) ends[d] += ends[d - 1];
    const none = ends[1];
    const order = new Int32Array(degree.length);
    for (let k = 0; k < degree.length; k += 1) order[ends[degree[k]]++] = k;
    return order.subarray(none);
  }

  /** The class of the edge bears so much more. @param {number} e @param {any} amount */
  bear(e, amount) {
    this.borne[e] += amount;
    this.rooms[this.classOf[e]] -= amount;
  }

  /**
   * How far projects and classes are from a project that wants more, -1 if they are not reached; a class hands on what it bears of another project. Stops
   * at the distance where there is room. @returns {boolean} whether there is
   */
  layer() {
    const { starts, placeOf, classOf, edges, rooms, wanted, none, heavy, depth, depthOf, borne } = this;
    depth.fill(-1);
    depthOf.fill(-1);
    let front = [...heavy.keys()].filter((p) => heavy[p] && wanted[p] > none);
    for (const p of front) depth[p] = 0;
    let found = false;
    for (let far = 0; front.length > 0 && !found; far += 1) {
      const next = [];
      for (const p of front) {
        for (const e of edges[p]) {
          const k = classOf[e];
          if (depthOf[k] >= 0) continue;
          depthOf[k] = far;
          if (rooms[k] > none) found = true;
          for (let other = starts[k]; other < starts[k + 1]; other += 1) {
            const q = placeOf[other];
            if (depth[q] >= 0 || !(borne[other] > none)) continue;
            depth[q] = far + 1;
            next.push(q);
          }
        }
      }
      front = next;
    }
    return found;
  }

  /** Let flow what can along ways that lead one layer further at each step. */
  flow() {
    const { wanted, heavy, none, starts, tried, triedOf } = this;
    tried.fill(0);
    triedOf.set(starts.subarray(0, triedOf.length));
    for (let p = 0; p < wanted.length; p += 1) if (heavy[p] && wanted[p] > none) wanted[p] -= this.place(p, wanted[p]);
  }

  /** Let others bear this much of the project. @param {number} p @param {any} amount @returns {any} how much they do */
  place(p, amount) {
    const { classOf, rooms, none, depth, depthOf, tried } = this;
    const edges = this.edges[p];
    let left = amount;
    for (; tried[p] < edges.length; tried[p] += 1) {
      const e = edges[tried[p]];
      const k = classOf[e];
      if (depthOf[k] !== depth[p]) continue;
      const taken = rooms[k] < left ? rooms[k] : left;
      this.bear(e, taken);
      left -= taken;
      if (left > none) left -= this.swap(p, e, left);
      if (!(left > none)) break; // the edge may have more to give
    }
    return amount - left;
  }

  /** Let the class of the edge bear this much of the project instead of others. @param {number} p @param {number} e @param {any} amount @returns {any} how much it does */
  swap(p, e, amount) {
    const { starts, placeOf, none, depth, triedOf, borne } = this;
    const k = this.classOf[e];
    let left = amount;
    for (; triedOf[k] < starts[k + 1]; triedOf[k] += 1) {
      const other = triedOf[k];
      const q = placeOf[other];
      if (depth[q] !== depth[p] + 1 || !(borne[other] > none)) continue;
      const moved = this.place(q, borne[other] < left ? borne[other] : left);
      borne[other] -= moved;
      borne[e] += moved;
      left -= moved;
      if (!(left > none)) break;
    }
    return amount - left;
  }
}
