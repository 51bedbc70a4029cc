// An RBM that is small enough to enumerate: states, energies, transition matrix, expected CD-k. Nothing is sampled.
//
// As in rbm_lib.collection.explorer.tiny_machine. A model is one list of numbers: weights film by film, film biases,
// hidden biases. The index of a state is its digits read in base 2, the first film's digit first.

const softplus = (x) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** All binary vectors of `size` digits, in ascending order of the number they write. */
export function statesOf(size) {
  return Array.from({ length: 2 ** size }, (_, state) => Array.from({ length: size }, (_, place) => (state >> (size - 1 - place)) & 1));
}

export class Tiny {
  /** `numbers`: weights (films x hidden), film biases, hidden biases, concatenated. */
  constructor(numbers, numFilms, numHidden) {
    const ends = [numFilms * numHidden, numFilms * (numHidden + 1)];
    Object.assign(this, { numbers, numFilms, numHidden });
    [this.weights, this.filmBias, this.hiddenBias] = [numbers.slice(0, ends[0]), numbers.slice(ends[0], ends[1]), numbers.slice(ends[1])];
    this.states = statesOf(numFilms);
    this.chances = this.states.map((state) => this.hiddenBias.map((_, j) => sigmoid(this.input(state, j))));
    this.energies = this.states.map((state) => this.freeEnergy(state));
    const lowest = Math.min(...this.energies);
    const total = this.energies.reduce((sum, energy) => sum + Math.exp(lowest - energy), 0);
    this.logShares = this.energies.map((energy) => lowest - energy - Math.log(total));
    this.shares = this.logShares.map(Math.exp);
  }

  /** Input of a hidden unit: its bias plus the weights of the liked films. */
  input(state, j) {
    return state.reduce((sum, like, i) => sum + like * this.weights[i * this.numHidden + j], this.hiddenBias[j]);
  }

  /** Free energy of a state, in nats: the lower, the more probable. */
  freeEnergy(state) {
    const own = state.reduce((sum, like, i) => sum + like * this.filmBias[i], 0);
    return -this.hiddenBias.reduce((sum, _, j) => sum + softplus(this.input(state, j)), own);
  }

  /** Transition matrix of one Gibbs sweep, hidden units summed out: one row per state, summing to 1. */
  get transition() {
    const down = statesOf(this.numHidden).map((hidden) => {
      const likes = this.filmBias.map((bias, i) => sigmoid(hidden.reduce((sum, on, j) => sum + on * this.weights[i * this.numHidden + j], bias)));
      return { hidden, shares: this.states.map((state) => chanceOf(state, likes)) };
    });
    return this.chances.map((chances) => {
      const row = this.states.map(() => 0);
      for (const { hidden, shares } of down) {
        const up = chanceOf(hidden, chances);
        shares.forEach((share, state) => (row[state] += up * share));
      }
      return row;
    });
  }

  /** The distribution of the chain after `sweeps`, from an initial distribution over states. */
  after(shares, sweeps) {
    const { transition } = this;
    let found = shares;
    for (let n = 0; n < sweeps; n++) found = found.map((_, to) => found.reduce((sum, share, from) => sum + share * transition[from][to], 0));
    return found;
  }

  /** Kullback-Leibler divergence from the data, in nats. */
  divergence(data) {
    return data.reduce((sum, share, state) => sum + (share > 0 ? share * (Math.log(share) - this.logShares[state]) : 0), 0);
  }

  /** The expected CD-k update of the parameters; k of null gives the exact gradient. */
  direction(data, k) {
    const end = k === null ? this.shares : this.after(data, k);
    const change = this.numbers.map(() => 0);
    const { numFilms, numHidden } = this;
    this.states.forEach((state, n) => {
      const apart = data[n] - end[n];
      state.forEach((like, i) => {
        change[numFilms * numHidden + i] += apart * like;
        this.chances[n].forEach((chance, j) => (change[i * numHidden + j] += apart * like * chance));
      });
      this.chances[n].forEach((chance, j) => (change[numFilms * (numHidden + 1) + j] += apart * chance));
    });
    return change;
  }

  /** The model after one step of gradient ascent. */
  step(data, k, rate) {
    const change = this.direction(data, k);
    return new Tiny(this.numbers.map((x, n) => x + rate * change[n]), this.numFilms, this.numHidden);
  }
}

/** P(state) of independent units with these probabilities of being on. */
function chanceOf(state, chances) {
  return state.reduce((product, on, place) => product * (on ? chances[place] : 1 - chances[place]), 1);
}
