import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { AmapError, decodeUtf8, type ErrorCode, encodeUtf8, LIMITS } from "../base/index.ts";
import {
  createSigningConfig,
  parseServiceSelection,
  parseSigningService,
  type SigningConfigInput,
} from "./signing-config/create-signing-config.ts";
import { selectServices } from "./signing-config/select-services.ts";
import {
  decodeSigningConfig,
  encodeSigningConfig,
  type ServiceSelection,
  SIGNING_CONFIG_MEDIA_TYPE,
  type SigningConfig,
  type SigningService,
} from "./signing-config.ts";

const MEDIA = `"mediaType":"${SIGNING_CONFIG_MEDIA_TYPE}"`;
const DAY = 86_400_000;

function service(url: string, parts: Partial<SigningService> = {}): SigningService {
  return { url: `https://${url}.example`, majorApiVersion: 1, validFor: {}, operator: url, ...parts };
}

function refused(run: () => unknown, code: ErrorCode, text: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof AmapError);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  });
}

function decoded(json: string): SigningConfig {
  const result = decodeSigningConfig(encodeUtf8(json));
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

describe("a signing configuration", () => {
  const full = createSigningConfig({
    certificateAuthorities: [service("ca", { validFor: { start: 0, end: DAY + 500 } })],
    oidcProviders: [service("oidc")],
    transparencyLogs: [service("log", { majorApiVersion: 2 }), service("old")],
    logSelection: { selector: "EXACT", count: 1 },
    timestampAuthorities: [service("tsa")],
    timestampSelection: { selector: "ANY" },
  });

  test("is written as cosign writes it", () => {
    const one = (name: string, version: number, period: string): string =>
      `{"url":"https://${name}.example","majorApiVersion":${version},"validFor":${period},"operator":"${name}"}`;
    const period = '{"start":"1970-01-01T00:00:00Z","end":"1970-01-02T00:00:00.500Z"}';
    const expected = [
      `{${MEDIA},"caUrls":[${one("ca", 1, period)}],"oidcUrls":[${one("oidc", 1, "{}")}],`,
      `"rekorTlogUrls":[${one("log", 2, "{}")},${one("old", 1, "{}")}],`,
      `"rekorTlogConfig":{"selector":"EXACT","count":1},"tsaUrls":[${one("tsa", 1, "{}")}],"tsaConfig":{"selector":"ANY"}}`,
    ];
    assert.equal(decodeUtf8(encodeSigningConfig(full)), expected.join(""));
    const empty = `{${MEDIA},"rekorTlogConfig":{},"tsaConfig":{}}`;
    assert.equal(decodeUtf8(encodeSigningConfig(createSigningConfig({}))), empty);
  });

  test("is read back as it was written", () => {
    assert.deepEqual(decodeSigningConfig(encodeSigningConfig(full)), { ok: true, value: full });
  });

  test("is read with both spellings of names, and selectors by number", () => {
    const json = `{"media_type":"${SIGNING_CONFIG_MEDIA_TYPE}","rekor_tlog_urls":[{"url":"https://log.example","major_api_version":2,"operator":"o"}],"rekor_tlog_config":{"selector":3,"count":"2"},"tsaConfig":{"selector":"ALL"}}`;
    const config = decoded(json);
    assert.deepEqual(config.logSelection, { selector: "EXACT", count: 2 });
    assert.deepEqual(config.transparencyLogs[0]?.majorApiVersion, 2);
    assert.deepEqual(config.timestampSelection, { selector: "ALL" });
  });

  for (const [what, json, text] of [
    ["no JSON", "{", /expected a key/],
    ["another version", '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.1+json"}', /version 0\.2/],
    ["no media type", "{}", /version 0\.2/],
    ["an unknown member", `{${MEDIA},"more":1}`, /unknown member/],
    ["the same member in both spellings", `{${MEDIA},"caUrls":[],"ca_urls":[]}`, /twice/],
    ["services that are no list", `{${MEDIA},"tsaUrls":{}}`, /expected a list/],
    ["a service without an address", `{${MEDIA},"tsaUrls":[{"operator":"o"}]}`, /expected an address/],
    ["an address of a file", `{${MEDIA},"tsaUrls":[{"url":"file:///etc/passwd"}]}`, /expected an address/],
    ["a version that is no number", `{${MEDIA},"tsaUrls":[{"url":"https://a","majorApiVersion":"x"}]}`, /integer/],
    ["a version beyond 32 bits", `{${MEDIA},"tsaUrls":[{"url":"https://a","majorApiVersion":4294967296}]}`, /2\^32/],
    ["a time that is none", `{${MEDIA},"tsaUrls":[{"url":"https://a","validFor":{"start":"now"}}]}`, /RFC 3339/],
    ["an unknown selector", `{${MEDIA},"tsaConfig":{"selector":"SOME"}}`, /ALL, ANY or EXACT/],
    ["a selector of a prototype", `{${MEDIA},"tsaConfig":{"selector":"__proto__"}}`, /ALL, ANY or EXACT/],
    ["a negative count", `{${MEDIA},"tsaConfig":{"selector":"EXACT","count":-1}}`, /integer/],
    ["too many services", `{${MEDIA},"tsaUrls":[${"{},".repeat(LIMITS.trustRootServices)}{}]}`, /at most 256/],
    ["too many bytes", " ".repeat(LIMITS.trustRootBytes + 1), /at most/],
  ] as const) {
    test(`is refused with ${what}`, () => {
      const result = decodeSigningConfig(encodeUtf8(json));
      assert.ok(!result.ok);
      assert.equal(result.issues[0]?.code, "SIGNING_CONFIG_INVALID");
      assert.match(result.issues.map((issue) => issue.message).join("\n"), text);
    });
  }

  test("never makes the reader throw", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify({ mediaType: SIGNING_CONFIG_MEDIA_TYPE, rekorTlogUrls: value, tsaConfig: value });
        decodeSigningConfig(encodeUtf8(json));
      }),
      { numRuns: 200 },
    );
  });
});

describe("selectServices", () => {
  const first = (): number => 0;
  const need = { apiVersions: [1, 2], now: 10 * DAY };
  const at = (start: number, end?: number): Partial<SigningService> => ({
    validFor: { start: start * DAY, ...(end === undefined ? {} : { end: end * DAY }) },
  });
  const all: ServiceSelection = { selector: "ALL" };
  const names = (services: readonly SigningService[]): string =>
    services.map(({ url }) => url.slice("https://".length, -".example".length)).join(" ");

  for (const [what, services, selection, expected] of [
    ["all that are valid", [service("a", at(1)), service("b", at(2)), service("c", at(11))], all, "b a"],
    ["those of the highest version alone", [service("a"), service("b", { majorApiVersion: 2 })], all, "b"],
    ["a lower version where no higher one is valid", [service("a"), service("b", { majorApiVersion: 3 })], all, "a"],
    [
      "the newest one of each operator",
      [service("a", { ...at(1), operator: "o" }), service("b", { ...at(5), operator: "o" }), service("c", at(2))],
      all,
      "b c",
    ],
    ["both ends of a validity", [service("a", at(10)), service("b", at(1, 10)), service("c", at(1, 9))], all, "a b"],
    ["one of any", [service("a", at(1)), service("b", at(2))], { selector: "ANY" }, "b"],
    [
      "an exact number",
      [service("a", at(1)), service("b", at(2)), service("c", at(3))],
      { selector: "EXACT", count: 2 },
      "c b",
    ],
  ] as const) {
    test(`takes ${what}`, () => assert.equal(names(selectServices(services, selection, need, first)), expected));
  }

  test("asks which one is next, each time of those that are left", () => {
    const asked: number[] = [];
    const last = (count: number): number => {
      asked.push(count);
      return count - 1;
    };
    const services = [service("a", at(1)), service("b", at(2)), service("c", at(3))];
    assert.equal(names(selectServices(services, { selector: "EXACT", count: 2 }, need, last)), "a b");
    assert.deepEqual(asked, [3, 2]);
  });

  for (const [what, services, selection, text] of [
    ["no services", [], all, /found none among 0/],
    ["no valid one", [service("a", at(11))], all, /valid now, found none among 1/],
    ["no version that is spoken", [service("a", { majorApiVersion: 3 })], all, /version 1 or 2/],
    ["too few of exactly two", [service("a")], { selector: "EXACT", count: 2 }, /exactly 2 operators, found 1/],
    [
      "two services of one operator",
      [service("a", { operator: "o" }), service("b", { operator: "o" })],
      { selector: "EXACT", count: 2 },
      /found 1/,
    ],
    ["exactly none", [service("a")], { selector: "EXACT", count: 0 }, /exactly 0/],
    ["no selection", [service("a")], { selector: "UNDEFINED" }, /ALL, ANY or EXACT, found none/],
  ] as const) {
    test(`refuses ${what}`, () =>
      refused(() => selectServices(services, selection, need, first), "SIGNING_CONFIG_INVALID", text));
  }
});

describe("createSigningConfig", () => {
  const base = createSigningConfig({
    certificateAuthorities: [service("ca")],
    transparencyLogs: [service("log")],
    logSelection: { selector: "ANY" },
    timestampAuthorities: [service("tsa")],
    timestampSelection: { selector: "ALL" },
  });
  const given = [service("other")];
  const cases: readonly (readonly [string, SigningConfigInput, SigningConfig])[] = [
    ["keeps the base", { base }, base],
    [
      "replaces services of a kind",
      { base, certificateAuthorities: given },
      { ...base, certificateAuthorities: given },
    ],
    [
      "replaces logs with their selection",
      { base, transparencyLogs: given, logSelection: { selector: "ALL" } },
      { ...base, transparencyLogs: given, logSelection: { selector: "ALL" } },
    ],
    [
      "replaces a selection alone",
      { base, logSelection: { selector: "ALL" } },
      { ...base, logSelection: { selector: "ALL" } },
    ],
    [
      "leaves out a kind",
      { base, without: ["rekor", "fulcio"] },
      { ...base, certificateAuthorities: [], transparencyLogs: [], logSelection: { selector: "UNDEFINED" } },
    ],
  ];
  for (const [what, input, expected] of cases) {
    test(what, () => assert.deepEqual(createSigningConfig(input), expected));
  }

  test("refuses logs or authorities without a selection, also over a base", () => {
    refused(() => createSigningConfig({ transparencyLogs: given }), "USAGE", /--rekor-config/);
    refused(() => createSigningConfig({ base, timestampAuthorities: given }), "USAGE", /--tsa-config/);
  });
});

describe("the flags' values", () => {
  const text = "url=https://log.example/x,api-version=2,start-time=2026-01-01T00:00:00Z,operator=me";

  test("name a service", () => {
    const validFor = { start: Date.UTC(2026, 0), end: Date.UTC(2027, 0) };
    const expected = { url: "https://log.example/x", majorApiVersion: 2, validFor, operator: "me" };
    assert.deepEqual(parseSigningService("rekor", `${text}, end-time=2027-01-01T00:00:00Z`), expected);
  });

  for (const [what, spec, message] of [
    ["no address", text.replace("url=https://log.example/x,", ""), /expected url=/],
    ["another scheme", text.replace("https", "ftp"), /http or https/],
    ["no version", text.replace("api-version=2,", ""), /expected api-version=/],
    ["a version that is no number", text.replace("=2,", "=v2,"), /with a number/],
    ["no start", text.replace("start-time=2026-01-01T00:00:00Z,", ""), /expected start-time=/],
    ["a start that is no time", text.replace("2026-01-01T00:00:00Z", "2026-01-01"), /RFC 3339/],
    ["an end that is no time", `${text},end-time=x`, /end-time= with an RFC 3339/],
    ["no operator", text.replace("operator=me", "operator="), /expected operator=/],
    ["an unknown key", `${text},key=1`, /each once/],
    ["a key twice", `${text},operator=you`, /each once/],
    ["text", "log.example", /each once/],
  ] as const) {
    test(`are refused with ${what}`, () => refused(() => parseSigningService("rekor", spec), "USAGE", message));
  }

  for (const [value, expected] of [
    ["ANY", { selector: "ANY" }],
    ["all", { selector: "ALL" }],
    ["Exact:12", { selector: "EXACT", count: 12 }],
  ] as const) {
    test(`${value} is a selection`, () => assert.deepEqual(parseServiceSelection("tsa-config", value), expected));
  }

  for (const value of [
    "",
    "SOME",
    "ANY:1",
    "EXACT",
    "EXACT:",
    "EXACT:0",
    "EXACT:-1",
    "EXACT:1.5",
    "EXACT:9999999999",
  ]) {
    test(`"${value}" is no selection`, () => refused(() => parseServiceSelection("tsa-config", value), "USAGE", /ANY/));
  }
});
