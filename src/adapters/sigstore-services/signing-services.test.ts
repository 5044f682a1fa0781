import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError, encodeUtf8 } from "../../base/index.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../../ports/index.ts";
import { signingServicesContract } from "../../ports/signing-services.contract.ts";
import { jsonBytes } from "../../testing/sigstore/local-sigstore.ts";
import { openLocalServices } from "../../testing/sigstore/services/local-services.ts";
import { systemClock, systemEntropy } from "../clock/index.ts";
import { createHttpClient } from "../http/index.ts";
import { createSigningServices } from "./index.ts";

signingServicesContract("sigstore-services", async () => {
  const local = await openLocalServices();
  const http = createHttpClient({});
  return {
    services: createSigningServices({ http, entropy: systemEntropy, clock: systemClock }),
    ...local.urls,
    trustedRoot: jsonBytes(local.sigstore.trustedRoot()),
    close: () => local.close(),
  };
});

type Step = Partial<HttpResponse> | AmapError;

/** Services behind a server that says one thing after the other, the last one for ever. */
function scripted(...steps: readonly Step[]) {
  const asked: HttpRequest[] = [];
  const waits: number[] = [];
  const http: HttpClient = {
    send: async (request) => {
      const step = steps[Math.min(asked.length, steps.length - 1)] ?? {};
      asked.push(request);
      if (step instanceof AmapError) throw step;
      return { status: 200, headers: {}, body: new Uint8Array(), ...step };
    },
    stream: async () => assert.fail("not streamed"),
    close: async () => {},
  };
  const clock = {
    wait: async (ms: number) => {
      waits.push(ms);
    },
  };
  return { services: createSigningServices({ http, entropy: systemEntropy, clock }), asked, waits };
}

const URL_WITH_USER = "https://user:secret@tsa.example/api/v1/timestamp";
const reset = new AmapError("REGISTRY_UNREACHABLE", "the connection broke", { details: { systemCode: "ECONNRESET" } });
const unknown = new AmapError("REGISTRY_UNREACHABLE", "no such host", { details: { systemCode: "ENOTFOUND" } });

describe("what a service says", () => {
  for (const [what, steps, requests, text] of [
    ["a status that is none", [{ status: 404, body: encodeUtf8("no page\n") }], 1, /200 or 201, found 404.*"no page"/],
    ["a redirect", [{ status: 302, headers: { location: "https://evil.example" } }], 1, /found 302/],
    ["no timestamp", [{ body: encodeUtf8("<html>") }], 1, /tsa\.example/],
    ["a refusal in DER", [{ body: Uint8Array.of(0x30, 5, 0x30, 3, 2, 1, 2) }], 1, /status 2/],
    ["that it is busy, for ever", [{ status: 503 }], 4, /found 503.*nothing/],
    ["that it is busy for an hour", [{ status: 429, headers: { "retry-after": "3600" } }], 1, /found 429/],
    ["nothing, for ever", [reset], 4, /the connection broke/],
    ["that it is not there", [unknown], 1, /no such host/],
  ] as const) {
    test(`${what}: SIGNING_SERVICE_FAILED`, async () => {
      const { services, asked } = scripted(...steps);
      await assert.rejects(services.requestTimestamp(URL_WITH_USER, new Uint8Array()), (error) => {
        assert.ok(error instanceof AmapError);
        assert.equal(error.code, "SIGNING_SERVICE_FAILED");
        assert.match(error.message, text);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
      assert.equal(asked.length, requests);
    });
  }

  for (const code of ["OFFLINE", "TIMEOUT"] as const) {
    test(`${code} stays ${code}`, async () => {
      const { services, asked } = scripted(new AmapError(code, "so it is"));
      const asking = services.requestTimestamp(URL_WITH_USER, new Uint8Array());
      await assert.rejects(asking, (error) => error instanceof AmapError && error.code === code);
      assert.equal(asked.length, 1);
    });
  }

  test("is asked for again after growing delays, or after the one it asks for", async () => {
    const { services, waits } = scripted({ status: 500 }, reset, { status: 429, headers: { "retry-after": "2" } }, {});
    await assert.rejects(services.requestTimestamp(URL_WITH_USER, new Uint8Array()));
    assert.deepEqual(waits, [200, 400, 2000]);
  });
});

describe("a timestamp of another request", () => {
  test("is refused for its bytes and for its number", async () => {
    const local = await openLocalServices();
    const http = createHttpClient({});
    try {
      const honest = createSigningServices({ http, entropy: systemEntropy, clock: systemClock });
      const body = await honest.requestTimestamp(local.urls.tsa, encodeUtf8("mine"));
      const other = scripted({ body }).services.requestTimestamp(URL_WITH_USER, encodeUtf8("other"));
      await assert.rejects(other, /over what was sent/);
      const replayed = scripted({ body }).services.requestTimestamp(URL_WITH_USER, encodeUtf8("mine"));
      await assert.rejects(replayed, /the number of this request/);
    } finally {
      await http.close();
      await local.close();
    }
  });
});
