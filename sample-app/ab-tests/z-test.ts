/** How often something happened, out of how many times it could have. */
export interface Proportion {
  readonly successes: number;
  readonly trials: number;
}

export interface ZTest {
  /** Above zero where the first proportion is the larger. */
  readonly z: number;
  /** How likely a difference at least this large is where there is none (two-sided). */
  readonly pValue: number;
}

/** The two-proportion z-test with a pooled variance. */
export function twoProportionZTest(a: Proportion, b: Proportion): ZTest {
  const pooled = (a.successes + b.successes) / (a.trials + b.trials);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / a.trials + 1 / b.trials));
  // Nobody, or everybody: the proportions do not differ.
  if (!(deviation > 0)) return { z: 0, pValue: 1 };
  const z = (a.successes / a.trials - b.successes / b.trials) / deviation;
  return { z, pValue: 2 * (1 - normalCdf(Math.abs(z))) };
}

/** Abramowitz and Stegun 26.2.17: good to 7.5e-8. */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * x);
  const tail =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}
