// SHA-256 (FIPS 180-4) without waiting: Web Crypto gives a promise for each hash, and a bundle needs hundreds of thousands.

const ROUNDS = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);
const START = Int32Array.of(0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19);
const BLOCK = 64;

/** A hash that is fed piece by piece: `add` as often as there are pieces, then `end`, which also makes it ready for the next. */
export class Sha256 {
  constructor() {
    this.state = Int32Array.from(START);
    this.words = new Int32Array(64);
    this.block = new Uint8Array(BLOCK);
    this.length = 0;
  }

  /** @param {Uint8Array} bytes @param {number} [from] @param {number} [to] */
  add(bytes, from = 0, to = bytes.length) {
    let used = this.length % BLOCK;
    this.length += to - from;
    for (let place = from; place < to;) {
      if (used === 0 && to - place >= BLOCK) {
        this.mix(bytes, place);
        place += BLOCK;
        continue;
      }
      while (used < BLOCK && place < to) this.block[used++] = bytes[place++];
      if (used === BLOCK) {
        this.mix(this.block, 0);
        used = 0;
      }
    }
    return this;
  }

  /** The 32 bytes, written into `into` from `at` on. @param {Uint8Array} [into] @param {number} [at] @returns {Uint8Array} `into` */
  end(into = new Uint8Array(32), at = 0) {
    const { block, state, length } = this;
    let used = length % BLOCK;
    block[used++] = 0x80;
    if (used > BLOCK - 8) {
      block.fill(0, used);
      this.mix(block, 0);
      used = 0;
    }
    block.fill(0, used);
    const bits = new DataView(block.buffer);
    bits.setUint32(BLOCK - 8, Math.floor(length / 2 ** 29));
    bits.setUint32(BLOCK - 4, length * 8 % 2 ** 32);
    this.mix(block, 0);
    for (let word = 0; word < 8; word += 1) {
      for (let byte = 0; byte < 4; byte += 1) into[at + 4 * word + byte] = state[word] >>> (24 - 8 * byte);
    }
    state.set(START);
    this.length = 0;
    return into;
  }

  /** The compression function (section 6.2.2) on the 64 bytes from `at`. @param {Uint8Array} bytes @param {number} at */
  mix(bytes, at) {
    const { state, words } = this;
    for (let i = 0; i < 16; i += 1, at += 4) words[i] = bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
    for (let i = 16; i < 64; i += 1) {
      const x = words[i - 15];
      const y = words[i - 2];
      const s0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3;
      const s1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10;
      words[i] = words[i - 16] + s0 + words[i - 7] + s1 | 0;
    }
    let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (let i = 0; i < 64; i += 1) {
      const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
      const t1 = h + s1 + (e & f ^ ~e & g) + ROUNDS[i] + words[i] | 0;
      const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
      const t2 = s0 + (a & b ^ a & c ^ b & c) | 0;
      h = g; g = f; f = e; e = d + t1 | 0;
      d = c; c = b; b = a; a = t1 + t2 | 0;
    }
    state[0] += a; state[1] += b; state[2] += c; state[3] += d;
    state[4] += e; state[5] += f; state[6] += g; state[7] += h;
  }
}

const shared = new Sha256();

/** SHA-256 of these bytes, joined. @param {...Uint8Array} parts @returns {Uint8Array} 32 bytes */
export function sha256(...parts) {
  for (const part of parts) shared.add(part);
  return shared.end();
}
