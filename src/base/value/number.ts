import { LIMITS } from "../limits.ts";
import { Double } from "./value.ts";

/**
 * The value of a decimal number token (sign, digits, point, exponent): a safe integer as number, a larger one as bigint,
 * an integral one with point or exponent as Double, any other as number. `-0` is the integer 0, `-0.0` is Double(-0).
 * Undefined when it is too large for a double, or an integer of more than LIMITS.integerDigits.
 */
export function numberOf(token: string): number | bigint | Double | undefined {
  const number = Number(token);
  if (!isIntegerToken(token)) {
    if (!Number.isFinite(number)) return undefined;
    return Number.isInteger(number) ? new Double(number) : number;
  }
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
  return token.length > LIMITS.integerDigits ? undefined : BigInt(token);
}

function isIntegerToken(token: string): boolean {
  for (let index = 0; index < token.length; index++) {
    const code = token.charCodeAt(index);
    if (code === 46 || code === 69 || code === 101) return false;
  }
  return true;
}
