import { isAmapError } from "../../../../base/index.ts";
import type { Sbom } from "../../sbom.ts";
import { decodeSpdx } from "../../spdx/decode.ts";
import { type Cataloger, ResultBuilder } from "../cataloger.ts";
import { readJsonObject } from "../package-list.ts";
import { addStatedSbom } from "../stated-sbom.ts";

const SPDX = /(?:^|\/)opt\/bitnami\/(?:[^/]+\/){0,8}\.spdx-[^/]+\.spdx$/;

/** Software of Bitnami, which brings an SBOM of each of its parts. */
export const bitnamiCataloger: Cataloger = {
  id: "bitnami",
  ecosystem: "bitnami",
  note: "Reads opt/bitnami/**/.spdx-*.spdx, the SPDX documents that Bitnami puts beside its software: its packages and the packages that were built into them, with licences and dependencies as the documents state them. Does not take which package is a part of which, or compare them with the files.",
  wants: (path) => SPDX.test(path),
  read: (files) => {
    const builder = new ResultBuilder();
    for (const [path, bytes] of files) readDocument(path, bytes, builder);
    return builder.finish();
  },
};

function readDocument(path: string, bytes: Uint8Array, builder: ResultBuilder): void {
  const sbom = decodeDocument(path, bytes, builder);
  if (sbom !== undefined) addStatedSbom(path, sbom, builder);
}

function decodeDocument(path: string, bytes: Uint8Array, builder: ResultBuilder): Sbom | undefined {
  try {
    const decoded = decodeSpdx(readJsonObject(bytes));
    if (decoded.ok) return decoded.value.sbom;
    const message = decoded.issues[0]?.message ?? "no SPDX document";
    builder.addProblem(path, "PACKAGE_DATABASE_INVALID", `not readable: ${message}`);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    const code = error.code === "LIMIT_EXCEEDED" ? error.code : "PACKAGE_DATABASE_INVALID";
    builder.addProblem(path, code, `not readable: ${error.message}`);
  }
  return undefined;
}
