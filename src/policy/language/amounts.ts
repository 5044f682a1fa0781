import { formatQuantity, parseQuantity, type QuantityFormat } from "../../base/index.ts";
import {
  addAmounts,
  doubleOfAmount,
  type QuantityAmount,
  readAmount,
  subtractAmounts,
} from "./cel/functions/kubernetes/quantity-amount.ts";

/**
 * A Kubernetes quantity that can be computed with: an exact decimal as Kubernetes holds it, and how its text is written.
 * Results may be finer than a billionth, which a quantity that was read never is.
 */
export interface Amount extends QuantityAmount {
  readonly format: QuantityFormat;
}

const NANO = -9;
const TEN = 10n;

/**
 * Reads a quantity (`500m`, `1.5Gi`, `1e3`), or gives undefined for a text that is none or is beyond LIMITS.
 * @see https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity
 */
export function parseAmount(text: string): Amount | undefined {
  const quantity = parseQuantity(text);
  const amount = quantity === undefined ? undefined : readAmount(text);
  return quantity === undefined || amount === undefined ? undefined : { ...amount, format: quantity.format };
}

/** The sum, written as the first one is; as the second one when the first is zero. */
export function addAmount(a: Amount, b: Amount): Amount {
  return { ...addAmounts(a, b), format: formatOf(a, b) };
}

/** The difference, written as the first one is; as the second one when the first is zero. */
export function subtractAmount(a: Amount, b: Amount): Amount {
  return { ...subtractAmounts(a, b), format: formatOf(a, b) };
}

function formatOf(a: Amount, b: Amount): QuantityFormat {
  return a.unscaled === 0n ? b.format : a.format;
}

/** The exact product with a number, written as the quantity is. */
export function multiplyAmount(amount: Amount, factor: Amount): Amount {
  return {
    unscaled: amount.unscaled * factor.unscaled,
    scale: amount.scale + factor.scale,
    isSmall: false,
    format: amount.format,
  };
}

/**
 * The quotient by a number other than zero, written as the quantity is. It has as many decimal places as the one of the
 * two that has more, as Kubernetes holds them, and is cut there: 1 divided by 3 is 0, and 1.000 divided by 3 is 333m.
 */
export function divideAmount(amount: Amount, divisor: Amount): Amount {
  const scale = Math.min(amount.scale, divisor.scale);
  const shift = amount.scale - divisor.scale - scale;
  const dividend = shift > 0 ? amount.unscaled * TEN ** BigInt(shift) : amount.unscaled;
  const by = shift < 0 ? divisor.unscaled * TEN ** BigInt(-shift) : divisor.unscaled;
  return { unscaled: dividend / by, scale, isSmall: false, format: amount.format };
}

/** The nearest double, computed as Kubernetes does. */
export function doubleOf(amount: Amount): number {
  return doubleOfAmount(amount);
}

/** A whole number as a quantity of a format. */
export function wholeAmount(value: bigint, format: QuantityFormat): Amount {
  return { unscaled: value, scale: 0, isSmall: true, format };
}

/**
 * The canonical text. What has no suffix (beyond `E`, or finer than `n`) is written with an exponent, where Kubernetes
 * drops the power of ten and so gives another quantity.
 */
export function formatAmount(amount: Amount): string {
  let { unscaled, scale } = amount;
  if (unscaled === 0n) return "0";
  while (scale < NANO && unscaled % TEN === 0n) {
    unscaled /= TEN;
    scale++;
  }
  if (scale >= NANO) return formatQuantity({ nanos: unscaled * TEN ** BigInt(scale - NANO), format: amount.format });
  const missing = ((scale % 3) + 3) % 3;
  return `${unscaled * TEN ** BigInt(missing)}e${scale - missing}`;
}
