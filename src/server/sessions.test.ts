import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isAmapError, LIMITS } from "../base/index.ts";
import { cookieOf, openServerFixture, type ServerFixture } from "../testing/server-fixture.ts";
import { createLoginRate } from "./login-rate.ts";

const path = "/api/v1/session";
const MINUTE_MS = 60_000;

describe("a session", () => {
  let fixture: ServerFixture;
  before(async () => {
    fixture = await openServerFixture();
  });
  after(() => fixture.close());
  const login = (token: string) => fixture.ask({ method: "POST", path, body: JSON.stringify({ token }) });

  test("starts with a one-time token, whose cookie scripts and other sites cannot use", async () => {
    const answer = await login(await fixture.issueToken());
    assert.deepEqual([answer.status, answer.json["role"]], [200, "admin"]);
    assert.match(
      answer.headers["set-cookie"]?.[0] ?? "",
      /^amap_session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    assert.equal((await fixture.ask({ path, cookie: cookieOf(answer) })).status, 200);
  });

  test("of ten logins with one token at once exactly one starts", async () => {
    const token = await fixture.issueToken();
    const answers = await Promise.all(Array.from({ length: 10 }, () => login(token)));
    const won = answers.filter(({ status }) => status === 200);
    assert.equal(won.length, 1);
    for (const lost of answers.filter(({ status }) => status !== 200)) {
      assert.equal(lost.json["code"], "LOGIN_REFUSED");
      assert.equal(lost.headers["set-cookie"], undefined);
    }
    fixture.clock.now += MINUTE_MS;
  });

  const TAMPERED: readonly (readonly [name: string, change: (token: string) => string])[] = [
    ["with one character changed", (token) => (token.startsWith("A") ? "B" : "A") + token.slice(1)],
    ["cut", (token) => token.slice(0, -1)],
    ["with a space", (token) => `${token} `],
    ["in another case", (token) => token.replace(/[a-z]/, (letter) => letter.toUpperCase())],
  ];
  for (const [name, change] of TAMPERED) {
    test(`does not start with a token ${name}, and the token still works`, async () => {
      const token = await fixture.issueToken();
      assert.equal((await login(change(token))).json["code"], "LOGIN_REFUSED");
      assert.equal((await login(token)).status, 200);
      fixture.clock.now += MINUTE_MS;
    });
  }

  test("does not start with a token of more than 15 minutes ago", async () => {
    const [early, late] = [await fixture.issueToken(), await fixture.issueToken()];
    fixture.clock.now += 15 * MINUTE_MS - 1_000;
    assert.equal((await login(early)).status, 200);
    fixture.clock.now += 2_000;
    assert.equal((await login(late)).json["code"], "LOGIN_REFUSED");
  });

  test("ends 12 hours after its start, though it was used meanwhile", async () => {
    const cookie = await fixture.signIn();
    fixture.clock.now += 12 * 60 * MINUTE_MS - 1_000;
    assert.equal((await fixture.ask({ path, cookie })).status, 200);
    fixture.clock.now += 2_000;
    assert.equal((await fixture.ask({ path, cookie })).json["code"], "SESSION_REQUIRED");
  });

  test("ends when the person signs out, and no other session with it", async () => {
    const [mine, other] = [await fixture.signIn(), await fixture.signIn()];
    const answer = await fixture.ask({ method: "DELETE", path, cookie: mine });
    assert.equal(answer.status, 204);
    assert.match(answer.headers["set-cookie"]?.[0] ?? "", /^amap_session=; Path=\/; Max-Age=0;/);
    assert.equal((await fixture.ask({ path, cookie: mine })).status, 401);
    assert.equal((await fixture.ask({ path, cookie: other })).status, 200);
  });

  test("is not taken from two cookies of one name, nor from the name that TLS has", async () => {
    const cookie = await fixture.signIn();
    assert.equal((await fixture.ask({ path, cookie: `${cookie}; ${cookie}` })).status, 401);
    assert.equal((await fixture.ask({ path, cookie: cookie.replace("amap_session", "__Host-amap") })).status, 401);
    assert.equal((await fixture.ask({ path, cookie: `a=b; ${cookie}; c` })).status, 200);
  });

  test("leaves a trace in the audit log, and no token anywhere", async () => {
    const token = await fixture.issueToken();
    const cookie = cookieOf(await login(token));
    const audit = (await fixture.ask({ path: "/api/v1/audit", cookie })).text;
    assert.match(audit, /"action":"session.created","target":"session [0-9a-f]{12}"/);
    const secret = cookie.slice("amap_session=".length);
    for (const text of [audit, ...fixture.log]) assert.ok(!text.includes(secret) && !text.includes(token));
  });

  test("login is refused for a while after too many refusals, though the token is right", async () => {
    fixture.clock.now += MINUTE_MS;
    for (let attempt = 0; attempt < LIMITS.loginRefusalsPerAddress; attempt += 1)
      assert.equal((await login("x")).status, 401);
    const token = await fixture.issueToken();
    const refused = await login(token);
    assert.deepEqual([refused.status, refused.json["code"]], [429, "RATE_LIMITED"]);
    assert.equal(refused.headers["retry-after"], "60");
    fixture.clock.now += MINUTE_MS;
    assert.equal((await login(token)).status, 200);
  });
});

describe("the rate of logins", () => {
  const isLimited = (run: () => void): boolean => {
    try {
      run();
      return false;
    } catch (error) {
      return isAmapError(error, "RATE_LIMITED");
    }
  };

  test("limits all addresses together, however many there are", () => {
    const rate = createLoginRate(() => 0);
    const refused = Array.from({ length: 5_000 }, (_, index) => isLimited(() => rate.begin(`2001:db8::${index}`)));
    assert.equal(refused.filter((limited) => !limited).length, LIMITS.loginRefusals);
  });

  test("does not count logins that succeed", () => {
    const rate = createLoginRate(() => 0);
    for (let login = 0; login < 1_000; login += 1) {
      rate.begin("127.0.0.1");
      rate.succeeded("127.0.0.1");
    }
    assert.equal(
      isLimited(() => rate.begin("127.0.0.1")),
      false,
    );
  });

  test("starts anew after a minute, and when the clock was set back", () => {
    let now = 0;
    const rate = createLoginRate(() => now);
    for (const next of [0, MINUTE_MS, -5]) {
      now = next;
      const refused = Array.from({ length: 20 }, () => isLimited(() => rate.begin("a")));
      assert.equal(refused.indexOf(true), LIMITS.loginRefusalsPerAddress);
    }
  });
});
