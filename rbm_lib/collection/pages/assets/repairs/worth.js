// The metrics of all combinations of repairs. Bit n of a mask is set if repair n is on.

const PER_CENT = { accuracy: 100 };
const WORDS = { accuracy: "accuracy", auc: "AUC", log_loss: "log loss" };

/** The format of a metric's values and changes, and whether higher is better. */
export function wordsOf(metric) {
  const percent = metric in PER_CENT;
  return {
    name: WORDS[metric],
    value: (x) => (x === null ? "infinite" : percent ? `${(100 * x).toFixed(1)} %` : x.toFixed(3)),
    change: (x) => (x === null ? "–" : `${x < 0 ? "−" : "+"}${Math.abs(percent ? 100 * x : x).toFixed(percent ? 1 : 3)}`),
    unit: percent ? "points" : metric === "log_loss" ? "nats" : "",
    upwards: metric !== "log_loss",
  };
}

export class Worth {
  constructor(state) {
    this.switches = state.switches;
    this.figures = state.figures; // {metric: [value of each mask]}, null for infinity
    this.references = state.references; // [{name, accuracy, auc, log_loss}]
    this.all = (1 << this.switches.length) - 1;
  }

  at(metric, mask) {
    return this.figures[metric][mask];
  }

  /** The change of the metric when a repair is switched on or off; null if either value is infinite. */
  flip(metric, mask, place) {
    const [now, then] = [this.at(metric, mask), this.at(metric, mask ^ (1 << place))];
    return now === null || then === null ? null : then - now;
  }

  /** Masks with a finite value, best first. */
  ranked(metric) {
    const sign = wordsOf(metric).upwards ? -1 : 1;
    const known = [...this.figures[metric].keys()].filter((mask) => this.at(metric, mask) !== null);
    return known.sort((one, other) => sign * (this.at(metric, one) - this.at(metric, other)) || one - other);
  }

  made(mask) {
    return this.switches.reduce((count, _, place) => count + ((mask >> place) & 1), 0);
  }

  /** The mask with the first repairs of the waterfall switched on. */
  inOrder(count) {
    return (1 << count) - 1;
  }
}
