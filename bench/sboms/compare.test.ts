import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Component, Sbom } from "../../src/metadata/index.ts";
import { compareListings, type DifferenceRule, type Listed, type Listing, listOf } from "./compare.ts";
import { LAB_RULES } from "./lab.ts";
import { SYFT_RULES } from "./rules.ts";

function componentOf(purl: string | undefined, more: Partial<Component> = {}): Component {
  return {
    ref: `${purl}${more.name ?? ""}`,
    kind: "library",
    name: "thing",
    ...(purl === undefined ? {} : { purl }),
    licenses: [],
    hashes: [],
    locations: [],
    scope: "production",
    ...more,
  };
}

function list(...components: readonly Component[]): Listing {
  const subject = componentOf(undefined, { ref: "subject" });
  const sbom: Sbom = {
    serialNumber: "",
    createdAt: "",
    authors: [],
    tools: [],
    subject,
    components,
    dependencies: new Map(),
    notLookedAt: [],
  };
  return listOf(sbom);
}

describe("a component", () => {
  const keys: readonly (readonly [purl: string | undefined, more: Partial<Component>, key: string])[] = [
    ["pkg:deb/debian/curl@7.88?arch=amd64", {}, "deb/debian/curl@7.88"],
    ["pkg:golang/github.com/blang/semver@v4.0.0#v4", {}, "golang/github.com/blang/semver/v4@v4.0.0"],
    ["pkg:golang/a.b/c@(devel)", {}, "golang/a.b/c@"],
    ["pkg:rpm/rhel/openssl@1.1.1k-7?epoch=1", {}, "rpm/rhel/openssl@1:1.1.1k-7"],
    ["pkg:pypi/Typing_Extensions@4", {}, "pypi/typing-extensions@4"],
    [undefined, { name: "app", version: "UNKNOWN" }, "none/app@"],
  ];
  for (const [purl, more, key] of keys) {
    it(`is compared as ${key}`, () => assert.deepEqual([...list(componentOf(purl, more)).keys()], [key]));
  }

  it("is listed once, with the places that both programs state in their own way", () => {
    const syft = { properties: [{ name: "syft:location:0:path", value: "/b/pom.xml" }] };
    const listing = list(
      componentOf("pkg:npm/a@1", { locations: ["/a.jar!/lib/b.jar", "/x.yaml#Deployment y"] }),
      componentOf("pkg:npm/a@1", syft),
    );
    assert.deepEqual(
      [...listing.values()].map(({ places }) => places),
      [["/a.jar", "/x.yaml", "/b/pom.xml"]],
    );
  });
});

describe("two listings", () => {
  const rule: DifferenceRule = {
    id: "group",
    fits: ({ amap, peer }) => amap !== undefined && peer !== undefined,
    right: "either",
    why: "",
  };
  const jar = (purl: string): Listed => {
    const [made] = [...list(componentOf(purl, { locations: ["/a-1.jar"] })).values()];
    assert.ok(made !== undefined);
    return made;
  };
  const listingOf = (...listed: readonly Listed[]): Listing => new Map(listed.map((each) => [each.key, each]));

  it("are counted by type, and what stands for the same is one difference", () => {
    const amap = listingOf(jar("pkg:maven/org.example/a@1"), jar("pkg:npm/b@1"));
    const peer = listingOf(jar("pkg:maven/a/a@1"), jar("pkg:npm/b@1"), jar("pkg:npm/c@1"));
    const compared = compareListings({ amap, peer }, [rule]);
    assert.deepEqual(Object.fromEntries(compared.counts), {
      maven: { both: 0, onlyAmap: 1, onlyPeer: 1 },
      npm: { both: 1, onlyAmap: 0, onlyPeer: 1 },
    });
    assert.equal(compared.explained.get("group")?.length, 1);
    assert.deepEqual(
      compared.unexplained.map((difference) => [difference.amap?.key, difference.peer?.key]),
      [[undefined, "npm/c@1"]],
    );
  });

  it("have no difference with themselves", () => {
    const listing = listingOf(jar("pkg:maven/org.example/a@1"));
    const { explained, unexplained } = compareListings({ amap: listing, peer: listing }, SYFT_RULES);
    assert.deepEqual([explained.size, unexplained.length], [0, 0]);
  });

  it("are not explained by rules where nothing is known of the cause", () => {
    const amap = listingOf(jar("pkg:cargo/a@1"));
    assert.equal(compareListings({ amap, peer: new Map() }, SYFT_RULES).unexplained.length, 1);
    assert.equal(compareListings({ amap: new Map(), peer: amap }, SYFT_RULES).unexplained.length, 1);
  });
});

it("rules have names of their own and say why", () => {
  for (const rules of [SYFT_RULES, LAB_RULES]) {
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    for (const { id, why } of rules) assert.match(why, /^[A-Za-z].*\.$/, id);
  }
});
