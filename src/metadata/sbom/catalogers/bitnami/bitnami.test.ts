import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8 } from "../../../../base/index.ts";
import { catalogFiles } from "../catalog.ts";

const PATH = "opt/bitnami/redis/.spdx-redis.spdx";

const DOCUMENT = {
  spdxVersion: "SPDX-2.3",
  dataLicense: "CC0-1.0",
  SPDXID: "SPDXRef-DOCUMENT",
  name: "SPDX document for Redis",
  documentNamespace: "https://example.com/redis",
  creationInfo: { created: "2024-01-01T00:00:00Z", creators: ["Tool: somebody"] },
  documentDescribes: ["SPDXRef-redis"],
  packages: [
    {
      SPDXID: "SPDXRef-redis",
      name: "redis",
      versionInfo: "7.2.4-0",
      downloadLocation: "NOASSERTION",
      licenseDeclared: "BSD-3-Clause",
      externalRefs: [
        {
          referenceCategory: "PACKAGE-MANAGER",
          referenceType: "purl",
          referenceLocator: "pkg:bitnami/redis@7.2.4-0?arch=amd64&distro=debian-12",
        },
      ],
    },
    {
      SPDXID: "SPDXRef-lib",
      name: "hiredis",
      versionInfo: "1.2.0",
      downloadLocation: "NOASSERTION",
      externalRefs: [
        {
          referenceCategory: "PACKAGE-MANAGER",
          referenceType: "purl",
          referenceLocator: "pkg:github/redis/hiredis@1.2.0",
        },
      ],
    },
  ],
  relationships: [
    { spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-redis" },
    { spdxElementId: "SPDXRef-redis", relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-lib" },
  ],
};

describe("Bitnami's documents", () => {
  it("state their packages", () => {
    const { components } = catalogFiles(new Map([[PATH, encodeUtf8(JSON.stringify(DOCUMENT))]]));
    assert.deepEqual(
      components.map(({ ref, licenses, locations }) => [ref, licenses, locations]),
      [
        ["pkg:bitnami/redis@7.2.4-0?arch=amd64&distro=debian-12", ["BSD-3-Clause"], [`/${PATH}`]],
        ["pkg:github/redis/hiredis@1.2.0", [], [`/${PATH}`]],
      ],
    );
  });

  for (const [name, text] of [
    ["no JSON", "{"],
    ["no SPDX", "{}"],
    ["a list", "[]"],
  ] as const) {
    it(`C9: are told where one is ${name}`, () => {
      const { components, problems } = catalogFiles(new Map([[PATH, encodeUtf8(text)]]));
      assert.deepEqual(components, []);
      assert.deepEqual(
        problems.map(({ path, code }) => [path, code]),
        [[`/${PATH}`, "PACKAGE_DATABASE_INVALID"]],
      );
    });
  }
});
