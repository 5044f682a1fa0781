import { formatPackageUrl, parsePackageUrl } from "../../../artifact/index.ts";
import { parseTime } from "../../../base/index.ts";
import { deprecatedLicensesOf, isLicenseExpression, isLicenseId } from "../licenses.ts";
import { type Findings, shown } from "./findings.ts";

/** A package URL that has no meaning, or is written in another way than its type demands. */
export function checkPackageUrl(text: string, path: string, findings: Findings): void {
  const parsed = parsePackageUrl(text);
  if (!parsed.ok) {
    const why = parsed.issues[0]?.message ?? "it is malformed";
    findings.error(
      "purl",
      path,
      `expected a package URL, found ${shown(text)}: ${why}`,
      "write pkg:type/namespace/name@version",
    );
    return;
  }
  const canonical = formatPackageUrl(parsed.value);
  if (canonical === text) return;
  const message = `the package URL ${shown(text)} is not in its canonical form`;
  findings.warn("purl-canonical", path, message, `write ${canonical.slice(0, 300)}`);
}

const CPE_22 = /^cpe:\/[aho]?(?::[A-Za-z0-9._~%-]*){0,6}$/;
/** Eleven components of NISTIR 7695 §6.2.3; a colon inside one is escaped. */
const CPE_23 =
  /^cpe:2\.3:[aho*-](?::(?:\*|-|[?*]*(?:[A-Za-z0-9_.~-]|\\[\\*?!"#$%&'()+,/:;<=>@[\]^`{|}~.-])+[?*]*)){5}(?::(?:\*|-|[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,3})?)){1}(?::(?:\*|-|[?*]*(?:[A-Za-z0-9_.~-]|\\[\\*?!"#$%&'()+,/:;<=>@[\]^`{|}~.-])+[?*]*)){4}$/;

/** A CPE name of 2.2 or 2.3 that is malformed. */
export function checkCpe(text: string, path: string, findings: Findings): void {
  if (text.length <= 2_048 && (text.startsWith("cpe:/") ? CPE_22 : CPE_23).test(text)) return;
  const message = `expected a CPE name of version 2.2 or 2.3, found ${shown(text)}`;
  findings.error(
    "cpe",
    path,
    message,
    "write cpe:2.3: with its eleven parts, and escape special characters by a backslash",
  );
}

/** Digits of each algorithm's hashes, by its name without signs, in small letters. */
const HASH_DIGITS: ReadonlyMap<string, number> = new Map([
  ["adler32", 8],
  ["md2", 32],
  ["md4", 32],
  ["md5", 32],
  ["sha1", 40],
  ["sha224", 56],
  ["sha256", 64],
  ["sha384", 96],
  ["sha512", 128],
  ["sha3256", 64],
  ["sha3384", 96],
  ["sha3512", 128],
  ["blake2b256", 64],
  ["blake2b384", 96],
  ["blake2b512", 128],
  ["streebog256", 64],
  ["streebog512", 128],
]);

/** A hash that its algorithm cannot have made. */
export function checkHash(algorithm: string, value: string, path: string, findings: Findings): void {
  const digits = HASH_DIGITS.get(algorithm.toLowerCase().replace(/[-_]/g, ""));
  if (digits === undefined) return;
  if (!/^[0-9A-Fa-f]*$/.test(value)) {
    const message = `expected a hash in hexadecimal digits, found ${shown(value)}`;
    findings.error("hash", path, message, "write the hash as hexadecimal digits");
  } else if (value.length !== digits) {
    const message = `expected ${digits} hexadecimal digits of ${algorithm}, found ${value.length}`;
    findings.error("hash", path, message, "correct the hash or the name of its algorithm");
  }
}

/** A time that is none, such as the 31st of February. */
export function checkTime(text: string, path: string, findings: Findings): void {
  if (parseTime(text) !== undefined) return;
  findings.error(
    "time",
    path,
    `expected a time such as 2026-11-22T12:00:00Z, found ${shown(text)}`,
    "write it as RFC 3339 says",
  );
}

/** An expression that is malformed, names what is not on SPDX's list, or what should not be used any more. */
export function checkLicenseExpression(text: string, path: string, findings: Findings): void {
  if (!isLicenseExpression(text)) {
    const message = `expected an SPDX licence expression of ids on SPDX's list, found ${shown(text)}`;
    findings.error("license-expression", path, message, "use ids of https://spdx.org/licenses/ or a LicenseRef-");
    return;
  }
  checkDeprecated(text, path, findings);
}

/** An id that is not on SPDX's list, or that should not be used any more. */
export function checkLicenseId(text: string, path: string, findings: Findings): void {
  if (isLicenseId(text)) checkDeprecated(text, path, findings);
  else {
    const message = `the licence id ${shown(text)} is not on SPDX's list`;
    findings.error(
      "license-id",
      path,
      message,
      "use an id of https://spdx.org/licenses/, or give the licence a name instead",
    );
  }
}

function checkDeprecated(text: string, path: string, findings: Findings): void {
  for (const { id, instead } of deprecatedLicensesOf(text)) {
    const fix = instead === undefined ? "use an id that stands for the same licence" : `write ${instead}`;
    findings.warn("license-deprecated", path, `the licence id ${id} is deprecated`, fix);
  }
}
