/** Lists: filters in the address, pages by cursor, and everything by keyboard. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { demoSubjects } from "./demo-facts.ts";
import { type Subjects, segment, settle } from "./screens.ts";
import { Stage } from "./stage.ts";

const queryOf = (page: Page): Record<string, string> => Object.fromEntries(new URL(page.url()).searchParams);
const rowsOf = (page: Page) => page.locator("#main tbody tr");
const focusedText = async (page: Page): Promise<string> =>
  String(await page.evaluate("document.activeElement.innerText"));

describe("lists and the keyboard", () => {
  let stage: Stage;
  let subjects: Subjects;
  before(async () => {
    stage = await Stage.open();
    subjects = await stage.withStore("demo", demoSubjects);
  });
  after(() => stage?.close());

  const FILTERS = [
    { path: "/images", label: "Policies say", value: "denied", query: { verdict: "denied" }, rows: 4 },
    { path: "/findings", label: "Severity at least", value: "critical", query: { severity: "critical" }, rows: 28 },
    { path: "/results", label: "Status", value: "fail", query: { status: "fail" }, rows: 5 },
    { path: "/admissions", label: "Decision", value: "true", query: { allowed: "true" }, rows: 1 },
  ] as const;
  for (const { path, label, value, query, rows } of FILTERS) {
    test(`${path}: a filter is in the address, survives a reload, and can be cleared`, async () => {
      await stage.visit("demo", {}, async ({ page, go }) => {
        await go(path);
        await settle(page, "");
        const all = await rowsOf(page).count();
        assert.ok(all > rows, `${all} rows without the filter`);
        const field = page.getByLabel(label, { exact: true });
        await field.selectOption(value);
        await page.waitForURL((url) => url.search !== "");
        assert.deepEqual(queryOf(page), query);
        await page.locator(`#main tbody tr:nth-child(${rows + 1})`).waitFor({ state: "detached" });
        await page.locator(`#main tbody tr:nth-child(${rows})`).waitFor();
        assert.equal(await rowsOf(page).count(), rows);
        await page.reload();
        await settle(page, "");
        assert.equal(await field.inputValue(), value);
        assert.equal(await rowsOf(page).count(), rows);
        await page.goBack();
        await page.waitForURL((url) => url.search === "");
        await page.goForward();
        await page.getByRole("button", { name: "Clear filters" }).click();
        await page.waitForURL((url) => url.search === "");
        await page.locator(`#main tbody tr:nth-child(${all})`).waitFor();
      });
    });
  }

  test("a text filter works with Enter; nothing that fits is told apart from nothing there", async () => {
    await stage.visit("demo", {}, async ({ page, go }) => {
      await go("/findings");
      const field = page.getByLabel("Search (CVE, component, purl)");
      await field.fill("minimist");
      await field.press("Enter");
      await page.waitForURL((url) => url.searchParams.get("search") === "minimist");
      await page.locator("#main tbody tr:nth-child(100)").waitFor({ state: "detached" });
      for (const row of await rowsOf(page).all()) assert.match(await row.innerText(), /minimist/);
      await field.fill("no such thing");
      await field.press("Enter");
      await page.getByRole("heading", { name: "No finding fits the filters" }).waitFor();
    });
  });

  test("pages go on by cursor and come back to the first", async () => {
    await stage.visit("demo", {}, async ({ page, go }) => {
      await go("/findings");
      await settle(page, "Findings");
      const next = page.getByRole("button", { name: "Next page" });
      const seen = new Set<string>();
      let total = 0;
      for (;;) {
        await settle(page, "Findings");
        const keys = await page.locator("[data-finding]").evaluateAll((links) => links.map((link) => link.outerHTML));
        total += keys.length;
        for (const key of keys) seen.add(key);
        if (await next.isDisabled()) break;
        const before = page.url();
        await next.click();
        await page.waitForURL((url) => url.href !== before);
      }
      assert.equal(total, 392, "every finding once");
      await page.reload();
      await settle(page, "Findings");
      assert.equal(await rowsOf(page).count(), 92, "the last page survives a reload");
      await page.getByRole("button", { name: "First page" }).click();
      await page.waitForURL((url) => url.search === "");
    });
  });

  test("the skip link comes first and leads to the content", async () => {
    await stage.visit("demo", {}, async ({ page, go }) => {
      await go("/findings");
      await settle(page, "Findings");
      await page.keyboard.press("Tab");
      assert.equal(await focusedText(page), "Skip to content");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      assert.ok(await page.evaluate("document.querySelector('#main').contains(document.activeElement)"));
      assert.equal(new URL(page.url()).pathname, "/findings");
    });
  });

  test("j and k move between rows, Enter opens, the focus goes to the title", async () => {
    await stage.visit("demo", {}, async ({ page, go }) => {
      await go("/policies");
      await settle(page, "Policies");
      await page.keyboard.press("j");
      assert.equal(await focusedText(page), "storefront-evidence");
      await page.keyboard.press("Enter");
      await settle(page, "storefront-evidence");
      assert.equal(await focusedText(page), "storefront-evidence");
      assert.equal(await page.evaluate("document.activeElement.tagName"), "H1");
      assert.equal(await page.title(), "storefront-evidence · A-MAP");
      await go("/results");
      await settle(page, "Results");
      const link = (row: number) => rowsOf(page).nth(row).locator("th a").first();
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("k");
      assert.ok(await link(0).evaluate((element) => element.matches(":focus")));
      await page.getByLabel("Kind").fill("jk");
      assert.equal(await page.getByLabel("Kind").inputValue(), "jk", "letters are typed where text is typed");
    });
  });

  test("each screen of the navigation opens by keyboard, with the focus on its title", async () => {
    await stage.visit("demo", {}, async ({ page, go }) => {
      await go("/");
      await settle(page, "Overview");
      for (const name of ["Images", "Findings", "Policies", "Results", "Admission log", "Audit", "Overview"]) {
        await page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name }).press("Enter");
        await settle(page, name);
        assert.equal(await focusedText(page), name);
      }
    });
  });

  test("the chain is worked by arrow keys, tabs by Tab and Enter", async () => {
    await stage.visit("demo", {}, async ({ page, go }) => {
      await go(`/images/${segment(subjects.image)}`);
      await settle(page, "registry.example/storefront");
      const node = page.getByRole("button", { name: /^Image registry/ }).first();
      await node.focus();
      await page.keyboard.press("ArrowLeft");
      assert.match(String(await page.evaluate("document.activeElement.getAttribute('aria-label')")), /^Build /);
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => url.searchParams.has("node"));
      await page.getByRole("region", { name: "Selected node" }).getByText("The build that made the image.").waitFor();
      await page.reload();
      await page.getByRole("region", { name: "Selected node" }).getByText("The build that made the image.").waitFor();
      await page.getByRole("tab", { name: "Chain" }).focus();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => url.searchParams.get("tab") === "vulnerabilities");
      await page.getByRole("heading", { name: "Vulnerabilities", level: 2 }).waitFor();
    });
  });

  test("the theme's switch wins over the system's and is kept", async () => {
    await stage.visit("demo", { scheme: "dark" }, async ({ page, go }) => {
      await go("/policies");
      await page.getByRole("button", { name: "Use the light theme" }).click();
      await page.locator("html:not(.pf-v6-theme-dark)").waitFor();
      await page.reload();
      await page.getByRole("button", { name: "Use the dark theme" }).waitFor();
      assert.equal(await page.locator("html.pf-v6-theme-dark").count(), 0);
    });
  });
});
