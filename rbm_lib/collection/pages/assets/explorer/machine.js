// Inference of a trained model from a user's ratings. Pure functions of numbers; no access to the page.
//
// `ratings` is a Map from the index of a film to the index of its value; a `person` is what is inferred from it.

import { decode } from "./decode.js";

const NEWTON_STEPS = 6; // as in rbm_lib.sparse
const LONGEST_STEP = 1;

export const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const softplus = (x) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));

/** Probabilities from logits, in place. */
function softmax(logits) {
  let top = -Infinity;
  let total = 0;
  for (const x of logits) if (x > top) top = x;
  for (let s = 0; s < logits.length; s++) total += logits[s] = Math.exp(logits[s] - top);
  for (let s = 0; s < logits.length; s++) logits[s] /= total;
  return logits;
}

export class Machine {
  /** `bundle`: the result of rbm_lib.analysis.portable_machine. */
  constructor(bundle) {
    const arrays = Object.fromEntries(Object.entries(bundle.arrays).map(([name, array]) => [name, decode(array)]));
    // weights (films, K, H), visible_bias and shares (films, S), hidden_bias (H), rated (films or 0, H), scores (S, K),
    // tilts (S, T), precision (T): see rbm_lib.sparse.ScoredTables
    Object.assign(this, arrays);
    this.values = bundle.values;
    this.titles = bundle.titles;
    this.offset = bundle.hidden_offset;
    this.averages = bundle.averages; // the baseline in the form of shares and a user bias, or null
    [this.numFilms, this.numScores, this.numHidden] = bundle.arrays.weights.shape;
    this.numValues = this.values.length;
    this.numTilts = this.precision.length;
    this.rest = Float64Array.from(this.hidden_bias, sigmoid);
    this.coupled = new Float64Array(this.numScores); // buffer, allocated once: a click evaluates every film
    this.room = new Float64Array(this.numValues);
    this.atRest = new Float64Array(this.numFilms * this.numScores);
    for (let film = 0; film < this.numFilms; film++) this.couple(film, this.rest, this.atRest, film * this.numScores);
  }

  /** The user's bias over the scale, by Newton's method: {bias (T), tilt (S) in nats, power (S) = exp(tilt)}. */
  lean(ratings) {
    const { numTilts: T, numValues: S, tilts, precision } = this;
    const bias = new Float64Array(T);
    const tilt = new Float64Array(S);
    const power = new Float64Array(S).fill(1);
    const setTilt = () => {
      for (let s = 0; s < S; s++) {
        tilt[s] = 0;
        for (let p = 0; p < T; p++) tilt[s] += tilts[s * T + p] * bias[p];
        power[s] = Math.exp(tilt[s]);
      }
    };
    for (let step = 0; T && ratings.size && step < NEWTON_STEPS; step++) {
      setTilt();
      const slope = Float64Array.from(bias, (a, p) => -precision[p] * a);
      const curve = Array.from({ length: T }, (_, p) => Float64Array.from({ length: T }, (_, q) => (p === q ? precision[p] : 0)));
      for (const [film, state] of ratings) this.addMoments(film, state, power, slope, curve);
      const wanted = T === 1 ? [slope[0] / curve[0][0]] : solveTwo(curve, slope);
      wanted.forEach((x, p) => (bias[p] += Math.min(Math.max(x, -LONGEST_STEP), LONGEST_STEP)));
    }
    setTilt();
    return { bias, tilt, power };
  }

  /** Adds one rating's term to the gradient and the Hessian of the log posterior of the user bias. */
  addMoments(film, state, power, slope, curve) {
    const { numTilts: T, numValues: S, tilts, shares } = this;
    const mean = new Float64Array(T);
    let total = 0;
    for (let s = 0; s < S; s++) {
      const share = shares[film * S + s] * power[s];
      total += share;
      for (let p = 0; p < T; p++) mean[p] += share * tilts[s * T + p];
    }
    for (let p = 0; p < T; p++) slope[p] += tilts[state * T + p] - (mean[p] /= total);
    for (let s = 0; s < S; s++) {
      const share = (shares[film * S + s] * power[s]) / total;
      for (let p = 0; p < T; p++) {
        for (let q = 0; q < T; q++) curve[p][q] += share * (tilts[s * T + p] - mean[p]) * (tilts[s * T + q] - mean[q]);
      }
    }
  }

  /** The expected scores m of a film before it is rated; a rating counts relative to m. */
  meanScores(film, power) {
    const { numScores: K, numValues: S, shares, scores } = this;
    const mean = new Float64Array(K);
    let total = 0;
    for (let s = 0; s < S; s++) {
      const share = shares[film * S + s] * power[s];
      total += share;
      for (let k = 0; k < K; k++) mean[k] += share * scores[s * K + k];
    }
    if (this.numTilts) for (let k = 0; k < K; k++) mean[k] /= total;
    return mean;
  }

  /** The input of one rating to each hidden unit, in nats: {that: for being rated at all, how: (s(v) - m) W}. */
  told(film, state, power) {
    const { numScores: K, numHidden: H, weights, scores, rated } = this;
    const mean = this.meanScores(film, power);
    const how = new Float64Array(H);
    const that = new Float64Array(H);
    for (let k = 0; k < K; k++) {
      const surprise = scores[state * K + k] - mean[k];
      const at = (film * K + k) * H;
      if (surprise !== 0) for (let h = 0; h < H; h++) how[h] += surprise * weights[at + h];
    }
    if (rated.length) for (let h = 0; h < H; h++) that[h] = rated[film * H + h];
    return { that, how };
  }

  /** Inference from ratings: the user bias (unless given), the input of each rating, the hidden units. */
  person(ratings, lean = this.lean(ratings)) {
    const activation = Float64Array.from(this.hidden_bias);
    const told = new Map();
    for (const [film, state] of ratings) {
      const one = this.told(film, state, lean.power);
      told.set(film, one);
      for (let h = 0; h < this.numHidden; h++) activation[h] += one.that[h] + one.how[h];
    }
    const { bias, tilt, power } = lean;
    return { bias, tilt, power, ratings, told, activation, hidden: activation.map(sigmoid) };
  }

  /** Writes the contribution of the units to each score of a film, sum{ (h - n) W }, to `coupled` from `at` on. */
  couple(film, hidden, coupled, at = 0) {
    const { numScores: K, numHidden: H, weights, offset } = this;
    for (let k = 0, w = film * K * H; k < K; k++) {
      let sum = 0;
      for (let h = 0; h < H; h++, w++) sum += (hidden[h] - offset) * weights[w];
      coupled[at + k] = sum;
    }
    return coupled;
  }

  /** The logits of a film's values, in `room`, from the output of `couple`. */
  logits(film, coupled, at, tilt) {
    const { numScores: K, numValues: S, visible_bias, scores, room } = this;
    for (let s = 0; s < S; s++) {
      room[s] = visible_bias[film * S + s] + tilt[s];
      for (let k = 0; k < K; k++) room[s] += coupled[at + k] * scores[s * K + k];
    }
    return room;
  }

  /** P(value) of a film, given states or probabilities of the hidden units. */
  distribution(film, hidden, tilt) {
    return softmax(this.logits(film, this.couple(film, hidden, this.coupled), 0, tilt)).slice();
  }

  /** P(value) of a film, hidden units summed out: Salakhutdinov, Mnih and Hinton (2007), Eq. 7. */
  exact(film, { activation, tilt, power }) {
    const { numScores: K, numValues: S, numHidden: H, weights, visible_bias, scores, offset } = this;
    const mean = this.meanScores(film, power);
    const logits = new Float64Array(S);
    for (let s = 0; s < S; s++) {
      logits[s] = visible_bias[film * S + s] + tilt[s];
      for (let h = 0; h < H; h++) {
        let coupling = 0;
        let expected = 0;
        for (let k = 0; k < K; k++) {
          const weight = weights[(film * K + k) * H + h];
          coupling += scores[s * K + k] * weight;
          expected += mean[k] * weight;
        }
        logits[s] += softplus(activation[h] + coupling - expected) - offset * coupling;
      }
    }
    return softmax(logits);
  }

  mean(shares) {
    let sum = 0;
    for (let s = 0; s < shares.length; s++) sum += shares[s] * this.values[s];
    return sum;
  }

  /** The expected rating of a film by a user. */
  expected(film, { hidden, tilt }) {
    return this.mean(softmax(this.logits(film, this.couple(film, hidden, this.coupled), 0, tilt)));
  }

  /** The same without evidence for the hidden units: a user with the same bias whose tastes are unknown. */
  level(film, { tilt }) {
    return this.mean(softmax(this.logits(film, this.atRest, film * this.numScores, tilt)));
  }

  /** The expected rating from film average and user bias alone; NaN for a model without averages. */
  average(film, { power }) {
    const { numValues: S, shares, values } = this;
    if (!this.averages) return NaN;
    let sum = 0;
    let total = 0;
    for (let s = 0; s < S; s++) {
      const share = shares[film * S + s] * power[s];
      total += share;
      sum += share * values[s];
    }
    return sum / total;
  }

  /** The weight of each unit on the log odds of a film's highest value against its lowest, in nats. */
  oddsCouplings(film) {
    const { numScores: K, numValues: S, numHidden: H, weights, scores } = this;
    const found = new Float64Array(H);
    for (let k = 0; k < K; k++) {
      const span = scores[(S - 1) * K + k] - scores[k];
      for (let h = 0; h < H; h++) found[h] += span * weights[(film * K + k) * H + h];
    }
    return found;
  }

  /**
   * Splits a film's log odds of the highest against the lowest value, relative to `level`, among ratings and units.
   *
   * In nats, exact and additive; a unit's contribution is split among ratings in proportion to their inputs. Returns {total, ratings: [{film, total,
   * that, how, units (H)}], the largest first}; the sum of all `units` is `total`.
   */
  parts(film, { hidden, told }) {
    const { rest, numHidden: H } = this;
    const couplings = this.oddsCouplings(film);
    const heard = new Float64Array(H);
    for (const { that, how } of told.values()) for (let h = 0; h < H; h++) heard[h] += that[h] + how[h];
    const rate = heard.map((x, h) => (Math.abs(x) > 1e-9 ? (hidden[h] - rest[h]) / x : rest[h] * (1 - rest[h])) * couplings[h]);
    const ratings = [...told].map(([rated, { that, how }]) => {
      const units = rate.map((x, h) => x * (that[h] + how[h]));
      const sum = (heard) => heard.reduce((total, x, h) => total + rate[h] * x, 0);
      return { film: rated, units, that: sum(that), how: sum(how), total: sum(that) + sum(how) };
    });
    ratings.sort((x, y) => Math.abs(y.total) - Math.abs(x.total));
    return { total: ratings.reduce((sum, one) => sum + one.total, 0), ratings };
  }

  /** How much the expected rating of a film falls when one rating is removed and the user bias is held fixed. */
  leftOut(film, rated, person) {
    const others = new Map(person.ratings);
    others.delete(rated);
    return this.expected(film, person) - this.expected(film, this.person(others, person));
  }

  /** How far each unit moves a film from off to on, to first order, without evidence: in rating units, (H). */
  slopes(film) {
    const { numScores: K, numValues: S, numHidden: H, weights, scores, values } = this;
    const shares = this.distribution(film, this.rest, new Float64Array(S));
    const centre = this.mean(shares);
    const found = new Float64Array(H);
    for (let k = 0; k < K; k++) {
      let covariance = 0;
      for (let s = 0; s < S; s++) covariance += shares[s] * (values[s] - centre) * scores[s * K + k];
      for (let h = 0; h < H; h++) found[h] += covariance * weights[(film * K + k) * H + h];
    }
    return found;
  }

  /** One Gibbs sweep over the films that the user rated; `random()` gives numbers in [0, 1). */
  sweep({ ratings, tilt, power }, random) {
    const activation = Float64Array.from(this.hidden_bias);
    for (const [film, state] of ratings) {
      const { that, how } = this.told(film, state, power);
      for (let h = 0; h < this.numHidden; h++) activation[h] += that[h] + how[h];
    }
    const hidden = activation.map((x) => +(random() < sigmoid(x)));
    const drawn = new Map();
    for (const film of ratings.keys()) {
      const shares = this.distribution(film, hidden, tilt);
      const uniform = random();
      let state = 0;
      for (let sum = shares[0]; sum <= uniform && state < this.numValues - 1; sum += shares[state]) state++;
      drawn.set(film, state);
    }
    return { hidden, ratings: drawn, tilt, power };
  }
}

function solveTwo([[a, b], [, d]], [x, y]) {
  const determinant = a * d - b * b;
  return [(d * x - b * y) / determinant, (a * y - b * x) / determinant];
}

/** A seeded generator of uniform numbers (mulberry32). */
export function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
