import { CelError } from "../../error.ts";
import { celTypes } from "../../types.ts";
import { Opaque } from "../../values/value.ts";
import { formatUrl, type ParsedUrl } from "./go-url.ts";
import type { IpAddress, IpPrefix } from "./ip-address.ts";
import type { NameFormat } from "./name-formats.ts";
import { compareAmounts, type QuantityAmount } from "./quantity-amount.ts";
import { type SemanticVersion, sameVersion } from "./semantic-version.ts";

const QUANTITY_NAME = "kubernetes.Quantity";
const URL_NAME = "kubernetes.URL";
const IP_NAME = "net.IP";
const CIDR_NAME = "net.CIDR";
const SEMVER_NAME = "kubernetes.Semver";
const FORMAT_NAME = "kubernetes.NamedFormat";

/** The types that Kubernetes' libraries define, by the names that `type(x)` shows. */
export const QUANTITY = celTypes.opaque<QuantityAmount>(QUANTITY_NAME);
export const URL_TYPE = celTypes.opaque<UrlValue>(URL_NAME);
export const IP = celTypes.opaque<IpAddress>(IP_NAME);
export const CIDR = celTypes.opaque<IpPrefix>(CIDR_NAME);
export const SEMVER = celTypes.opaque<SemanticVersion>(SEMVER_NAME);
export const FORMAT = celTypes.opaque<NameFormat>(FORMAT_NAME);

/**
 * A quantity. Kubernetes 1.36 cannot compare one with a computed quantity on the right of `==` (`a == b.add(c)` has no
 * overload, `b.add(c) == a` has): a policy that would fail in the cluster fails here too.
 */
export function quantityValue(amount: QuantityAmount): Opaque<QuantityAmount> {
  return new Opaque(QUANTITY_NAME, amount, (a, b) => {
    if (b.isComputed) {
      throw new CelError("invalid_argument", "no such overload: a computed quantity on the right of ==; write it left");
    }
    return compareAmounts(a, b) === 0;
  });
}

/** A URL and how it is written out; URLs of one writing are equal. */
export interface UrlValue extends ParsedUrl {
  readonly written: string;
}

/** A URL. */
export function urlValue(url: ParsedUrl): Opaque<UrlValue> {
  return new Opaque(URL_NAME, { ...url, written: formatUrl(url) }, (a, b) => a.written === b.written);
}

/** An IP address. */
export function ipValue(address: IpAddress): Opaque<IpAddress> {
  return new Opaque(IP_NAME, address, sameIp);
}

/** A network; equal to one of the same address, bits behind the prefix included, and length. */
export function cidrValue(prefix: IpPrefix): Opaque<IpPrefix> {
  return new Opaque(CIDR_NAME, prefix, (a, b) => a.length === b.length && sameIp(a.address, b.address));
}

/** A version; build metadata makes no difference. */
export function semverValue(version: SemanticVersion): Opaque<SemanticVersion> {
  return new Opaque(SEMVER_NAME, version, sameVersion);
}

/** A named format. */
export function formatValue(format: NameFormat): Opaque<NameFormat> {
  return new Opaque(FORMAT_NAME, format, (a, b) => a.name === b.name);
}

function sameIp(a: IpAddress, b: IpAddress): boolean {
  return a.family === b.family && a.bits === b.bits;
}
