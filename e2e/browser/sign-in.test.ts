/** Who may look: the one-time token, the session, and their ends. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { encodeUtf8, hashHex } from "../../src/base/index.ts";
import { assertAccessible } from "./axe.ts";
import { takePicture } from "./pictures.ts";
import { Stage } from "./stage.ts";

const navigation = (page: Page) => page.getByRole("navigation", { name: "Screens" });
const tokenField = (page: Page) => page.getByLabel("One-time token");
const refusal = (page: Page) => page.getByRole("alert").getByText("LOGIN_REFUSED");

describe("signing in", () => {
  let stage: Stage;
  before(async () => {
    stage = await Stage.open();
  });
  after(() => stage?.close());

  const newLink = async (path: string): Promise<string> => {
    const server = await stage.server("empty");
    return `${path}#token=${await server.newToken()}`;
  };

  test("the printed link signs in once; its token leaves the address and the history", async () => {
    const link = await newLink("/findings?state=open");
    await stage.visit("empty", { signedOut: true }, async ({ page, go }) => {
      await go(link);
      await navigation(page).waitFor();
      assert.equal(new URL(page.url()).hash, "");
      assert.equal(await page.evaluate("location.href"), page.url());
      await page.getByRole("heading", { level: 1, name: "Findings" }).waitFor();
      assert.equal(new URL(page.url()).search, "?state=open", "the page that was asked for");
      assert.equal(await page.evaluate("history.length"), 2, "about:blank and the page");
      assert.equal(await page.evaluate("document.cookie"), "", "no script reads the session");
      assert.deepEqual(await page.evaluate("Object.entries(localStorage)"), []);
    });
    await stage.visit("empty", { signedOut: true, failuresExpected: true }, async ({ page, go }) => {
      await go(link);
      await refusal(page).waitFor();
      assert.equal(new URL(page.url()).hash, "", "a used token leaves the address too");
      await takePicture(page, "login-refused-light-1280");
    });
  });

  for (const scheme of ["light", "dark"] as const) {
    test(`without a session there is a login, accessible in ${scheme}`, async () => {
      await stage.visit("empty", { signedOut: true, failuresExpected: true, scheme }, async ({ page, go }) => {
        await go("/images");
        await page.getByRole("heading", { level: 1, name: "Sign in to A-MAP" }).waitFor();
        assert.equal(await navigation(page).count(), 0);
        await assertAccessible(page, "login");
        await takePicture(page, `login-${scheme}-1280`);
        await tokenField(page).fill("wrong");
        await tokenField(page).press("Enter");
        await refusal(page).waitFor();
        await assertAccessible(page, "login refused");
      });
    });
  }

  test("a pasted token or link signs in, and the page that was asked for opens", async () => {
    const link = await newLink((await stage.server("empty")).url);
    await stage.visit("empty", { signedOut: true, failuresExpected: true }, async ({ page, go }) => {
      await go("/results?tab=history&kind=Pod");
      await tokenField(page).fill(link);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { level: 1, name: "Results" }).waitFor();
      assert.equal(new URL(page.url()).search, "?tab=history&kind=Pod");
    });
  });

  test("signing out ends the session for every tab and the next request", async () => {
    const link = await newLink("/");
    await stage.visit("empty", { signedOut: true, failuresExpected: true }, async ({ page, context, server, go }) => {
      await go(link);
      await navigation(page).waitFor();
      const before = await context.cookies();
      await page.getByRole("button", { name: "Sign out" }).click();
      await tokenField(page).waitFor();
      assert.equal(await page.getByRole("alert").count(), 0, "no failure is told");
      await context.addCookies(before);
      const answer = await context.request.get(`${server.url}/api/v1/overview`);
      assert.equal(answer.status(), 401, "the old cookie is worth nothing");
    });
  });

  test("a session that ends while a page is open leads to the login and back to the page", async () => {
    const link = await newLink("/");
    const again = await (await stage.server("empty")).newToken();
    await stage.visit("empty", { signedOut: true, failuresExpected: true }, async ({ page, context, go }) => {
      await go(link);
      await navigation(page).waitFor();
      const cookie = (await context.cookies())[0]?.value ?? "";
      await stage.withStore("empty", (store) => store.sessions.revoke(hashHex("sha256", encodeUtf8(cookie))));
      await page.getByRole("link", { name: "Findings" }).click();
      await tokenField(page).waitFor();
      await tokenField(page).fill(again);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { level: 1, name: "Findings" }).waitFor();
    });
  });
});
