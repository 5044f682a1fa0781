import deprecatedExceptions from "spdx-exceptions/deprecated.json" with { type: "json" };
import currentExceptions from "spdx-exceptions/index.json" with { type: "json" };
import deprecatedIds from "spdx-license-ids/deprecated.json" with { type: "json" };
import currentIds from "spdx-license-ids/index.json" with { type: "json" };

/** What deprecated ids with an exception in their name stand for. */
const WITH_EXCEPTION: ReadonlyMap<string, string> = new Map([
  ["GPL-2.0-with-autoconf-exception", "GPL-2.0-only WITH Autoconf-exception-2.0"],
  ["GPL-2.0-with-bison-exception", "GPL-2.0-only WITH Bison-exception-2.2"],
  ["GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"],
  ["GPL-2.0-with-font-exception", "GPL-2.0-only WITH Font-exception-2.0"],
  ["GPL-2.0-with-GCC-exception", "GPL-2.0-only WITH GCC-exception-2.0"],
  ["GPL-3.0-with-autoconf-exception", "GPL-3.0-only WITH Autoconf-exception-3.0"],
  ["GPL-3.0-with-GCC-exception", "GPL-3.0-only WITH GCC-exception-3.1"],
  ["eCos-2.0", "GPL-2.0-or-later WITH eCos-exception-2.0"],
  ["wxWindows", "LGPL-2.0-or-later WITH WxWindows-exception-3.1"],
]);

/** What other deprecated ids stand for. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ["BSD-2-Clause-FreeBSD", "BSD-2-Clause-Views"],
  ["BSD-2-Clause-NetBSD", "BSD-2-Clause"],
  ["StandardML-NJ", "SMLNJ"],
  ["bzip2-1.0.5", "bzip2-1.0.6"],
]);

const GNU_IDS_WITH_PLUS = ["GPL-1.0", "GPL-2.0", "GPL-3.0", "LGPL-2.0", "LGPL-2.1", "LGPL-3.0"];

function insteadOf(id: string): string | undefined {
  const known = WITH_EXCEPTION.get(id) ?? RENAMED.get(id);
  return known ?? (/^(?:AGPL|GFDL|GPL|LGPL)-[\d.]+$/.test(id) ? `${id}-only` : undefined);
}

/**
 * Ids of the SPDX licence list that should not be used any more, each with the expression that says the same, where there
 * is one.
 */
export const DEPRECATED_IDS: ReadonlyMap<string, string | undefined> = new Map([
  ...deprecatedIds.map((id) => [id, insteadOf(id)] as const),
  ...GNU_IDS_WITH_PLUS.map((id) => [`${id}+`, `${id}-or-later`] as const),
]);

/**
 * Ids of the SPDX licence list, the deprecated ones included. A word that is not here is kept as the source's own words,
 * so that nothing is lost.
 * @see https://spdx.org/licenses/
 */
export const LICENSE_IDS: readonly string[] = [...new Set([...currentIds, ...DEPRECATED_IDS.keys()])];

/** Ids of the SPDX list of exceptions, that may stand after WITH; the deprecated ones included. */
export const EXCEPTION_IDS: readonly string[] = [...currentExceptions, ...deprecatedExceptions];
