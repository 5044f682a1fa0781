import { isLicenseExpression, readLicenses } from "../../licenses.ts";

/**
 * Fedora's short names that mean one licence of SPDX's list, in lower case. Packages from before 2022 have them; newer
 * ones state SPDX expressions. Left out are names of several licences: `BSD`, `LGPLv2+` (2.0 or 2.1), `Python`.
 * @see https://fedoraproject.org/wiki/Licensing:Main
 */
const SPDX_BY_FEDORA_NAME: ReadonlyMap<string, string> = new Map([
  ["agplv3", "AGPL-3.0-only"],
  ["agplv3+", "AGPL-3.0-or-later"],
  ["artistic 2.0", "Artistic-2.0"],
  ["asl 1.1", "Apache-1.1"],
  ["asl 2.0", "Apache-2.0"],
  ["boost", "BSL-1.0"],
  ["cc0", "CC0-1.0"],
  ["cc0 1.0", "CC0-1.0"],
  ["gpl+", "GPL-1.0-or-later"],
  ["gplv2", "GPL-2.0-only"],
  ["gplv2+", "GPL-2.0-or-later"],
  ["gplv3", "GPL-3.0-only"],
  ["gplv3+", "GPL-3.0-or-later"],
  ["lgplv2.1", "LGPL-2.1-only"],
  ["lgplv2.1+", "LGPL-2.1-or-later"],
  ["lgplv3", "LGPL-3.0-only"],
  ["lgplv3+", "LGPL-3.0-or-later"],
  ["mplv1.1", "MPL-1.1"],
  ["mplv2.0", "MPL-2.0"],
  ["zlib", "Zlib"],
]);

/** The licences of a package's `License` tag; its own words where any of its names is no licence of SPDX's list. */
export function readRpmLicenses(statement: string): readonly string[] {
  const expression = statement
    .split(/(\(|\)|\s+(?:and|or)\s+)/i)
    .map((part) => {
      const word = part.trim();
      if (/^(?:and|or)$/i.test(word)) return ` ${word.toUpperCase()} `;
      return SPDX_BY_FEDORA_NAME.get(word.toLowerCase()) ?? word;
    })
    .join("");
  return readLicenses(isLicenseExpression(expression) ? expression : statement);
}
