/** Every screen of the dashboard, and when it has come to rest. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";

export interface Screen {
  readonly name: string;
  readonly path: string;
  /** The page's one h1. */
  readonly heading: string;
}

/** Addresses of what a screen shows one of. */
export interface Subjects {
  /** `REPOSITORY@DIGEST`. */
  readonly image: string;
  readonly policy: string;
  readonly admission: string;
}

export const IMAGE_TABS = ["chain", "vulnerabilities", "vex", "policies", "documents", "uses"] as const;

/** All screens, each image tab and each results tab one of them. */
export function screensOf({ image, policy, admission }: Subjects, shown: (text: string) => string): readonly Screen[] {
  const imagePath = `/images/${segment(image)}`;
  const repository = shown(image.slice(0, image.indexOf("@")));
  return [
    { name: "overview", path: "/", heading: "Overview" },
    { name: "images", path: "/images", heading: "Images" },
    ...IMAGE_TABS.map((tab) => ({ name: `image-${tab}`, path: `${imagePath}?tab=${tab}`, heading: repository })),
    { name: "findings", path: "/findings", heading: "Findings" },
    { name: "policies", path: "/policies", heading: "Policies" },
    { name: "policy", path: `/policies/${segment(policy)}`, heading: shown(policy) },
    { name: "results", path: "/results", heading: "Results" },
    { name: "history", path: "/results?tab=history", heading: "Results" },
    { name: "admissions", path: "/admissions", heading: "Admission log" },
    { name: "admission", path: `/admissions/${segment(admission)}`, heading: "" },
    { name: "audit", path: "/audit", heading: "Audit" },
  ];
}

/** A text as one part of an address's path. */
export function segment(text: string): string {
  return encodeURIComponent(text);
}

/** Waits until the page shows its h1 and loads nothing more. */
export async function settle(page: Page, heading: string): Promise<void> {
  const title = page.getByRole("heading", { level: 1 });
  await title.waitFor();
  if (heading !== "") assert.equal(await title.textContent(), heading);
  await page
    .getByText(/^Loading /)
    .first()
    .waitFor({ state: "detached" });
  await page.getByText("Loading the reasons").waitFor({ state: "detached" });
}

/** Waits until every text stands somewhere on the page. */
export async function expectTexts(page: Page, texts: readonly (string | RegExp)[]): Promise<void> {
  const main = page.locator("#main");
  for (const text of texts) {
    await main
      .getByText(text)
      .first()
      .waitFor({ state: "attached" })
      .catch(async () => assert.fail(`the page lacks ${String(text)}; it says: ${await main.innerText()}`));
  }
}

/** Asserts that the page itself does not scroll sideways. */
export async function assertNotWide(page: Page, where: string): Promise<void> {
  const [width, inside] = (await page.evaluate(
    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
  )) as [number, number];
  assert.ok(width <= inside, `${where} is ${width} pixels wide in a window of ${inside}`);
}
