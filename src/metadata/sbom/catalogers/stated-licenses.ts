import { isLicenseExpression, readAllLicenses, readLicenses } from "../licenses.ts";

/**
 * Names and addresses by which packages of Python, Java and others state a licence, where they mean exactly one of the
 * SPDX list. Those that leave the version open ("Apache Software License", "BSD License") are not here.
 */
const IDS: readonly (readonly [id: string, ...names: readonly string[]])[] = [
  [
    "Apache-2.0",
    "Apache 2",
    "Apache 2.0",
    "Apache License 2.0",
    "Apache License, Version 2.0",
    "Apache License Version 2.0",
    "Apache License, 2.0",
    "Apache Software License 2.0",
    "Apache Software License - Version 2.0",
    "Apache Software License, Version 2.0",
    "The Apache License, Version 2.0",
    "The Apache Software License, Version 2.0",
    "The Apache Software License, Version 2",
    "apache.org/licenses/LICENSE-2.0",
    "apache.org/licenses/LICENSE-2.0.txt",
    "apache.org/licenses/LICENSE-2.0.html",
    "opensource.org/licenses/Apache-2.0",
    "opensource.org/licenses/apache2.0.php",
  ],
  [
    "MIT",
    "MIT License",
    "The MIT License",
    "MIT License (MIT)",
    "The MIT License (MIT)",
    "opensource.org/licenses/MIT",
  ],
  ["MIT", "opensource.org/licenses/mit-license.php", "opensource.org/license/mit"],
  ["MIT-0", "MIT No Attribution License (MIT-0)", "MIT-0"],
  ["ISC", "ISC License (ISCL)", "ISC License"],
  ["BSD-2-Clause", "BSD 2-Clause License", "The BSD 2-Clause License", "opensource.org/licenses/BSD-2-Clause"],
  ["BSD-3-Clause", "BSD 3-Clause License", "The BSD 3-Clause License", "BSD 3-Clause", "New BSD License"],
  ["BSD-3-Clause", "opensource.org/licenses/BSD-3-Clause", "3-Clause BSD License", "Revised BSD License"],
  ["MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "Mozilla Public License 2.0", "mozilla.org/MPL/2.0"],
  ["MPL-1.1", "Mozilla Public License 1.1 (MPL 1.1)", "MPL 1.1", "mozilla.org/MPL/MPL-1.1.html"],
  ["GPL-2.0-only", "GNU General Public License v2 (GPLv2)"],
  ["GPL-2.0-or-later", "GNU General Public License v2 or later (GPLv2+)"],
  ["GPL-3.0-only", "GNU General Public License v3 (GPLv3)"],
  ["GPL-3.0-or-later", "GNU General Public License v3 or later (GPLv3+)"],
  ["LGPL-2.0-only", "GNU Lesser General Public License v2 (LGPLv2)"],
  ["LGPL-2.0-or-later", "GNU Lesser General Public License v2 or later (LGPLv2+)"],
  ["LGPL-3.0-only", "GNU Lesser General Public License v3 (LGPLv3)"],
  ["LGPL-3.0-or-later", "GNU Lesser General Public License v3 or later (LGPLv3+)"],
  ["AGPL-3.0-only", "GNU Affero General Public License v3"],
  ["AGPL-3.0-or-later", "GNU Affero General Public License v3 or later (AGPLv3+)"],
  ["EPL-1.0", "Eclipse Public License 1.0", "Eclipse Public License 1.0 (EPL-1.0)", "Eclipse Public License - v 1.0"],
  ["EPL-1.0", "eclipse.org/legal/epl-v10.html"],
  ["EPL-2.0", "Eclipse Public License 2.0", "Eclipse Public License 2.0 (EPL-2.0)", "Eclipse Public License v2.0"],
  ["EPL-2.0", "eclipse.org/legal/epl-2.0", "eclipse.org/legal/epl-v20.html", "EPL 2.0"],
  ["EUPL-1.2", "European Union Public Licence 1.2 (EUPL 1.2)"],
  ["CC0-1.0", "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "creativecommons.org/publicdomain/zero/1.0"],
  ["Unlicense", "The Unlicense (Unlicense)", "The Unlicense"],
  ["Zlib", "zlib/libpng License"],
  ["BSL-1.0", "Boost Software License 1.0 (BSL-1.0)"],
  ["UPL-1.0", "Universal Permissive License (UPL)", "opensource.org/licenses/UPL"],
  ["CECILL-2.1", "CEA CNRS Inria Logiciel Libre License, version 2.1 (CeCILL-2.1)"],
  ["CDDL-1.0", "Common Development and Distribution License 1.0"],
];

const byName = new Map(IDS.flatMap(([id, ...names]) => names.map((name) => [name.toLowerCase(), id] as const)));

/** The SPDX id that a licence's name or address means, or undefined where it does not mean exactly one. */
export function licenseIdOfWords(words: string): string | undefined {
  const plain = words
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\/(?:www\.)?/, "")
    .replace(/\/$/, "");
  return byName.get(plain);
}

/** Longer statements are whole licences pasted into a field. */
const LONGEST = 300;
const EMPTY_WORDS = new Set(["", "unknown", "none", "n/a", "see license", "license.txt"]);

/** Licences as their names, addresses or SPDX expressions state them; texts of licences say nothing that has a name. */
export function readStatedLicenses(statements: readonly string[]): readonly string[] {
  const meant = statements.flatMap((statement) => {
    const words = statement.trim();
    if (words.length > LONGEST || words.includes("\n") || EMPTY_WORDS.has(words.toLowerCase())) return [];
    return isLicenseExpression(words) ? readLicenses(words) : [licenseIdOfWords(words) ?? words];
  });
  return readAllLicenses(meant);
}
