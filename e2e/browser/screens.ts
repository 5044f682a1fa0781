/** Every screen of the dashboard, and when it has come to rest. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";

/** Texts come with the data, which is there once nothing loads. */
const TEXT_WAIT_MS = 5_000;

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

/** All screens, each image tab and each results tab one of them. `shown`: how the page writes a name. */
export function screensOf(
  { image, policy, admission }: Subjects,
  shown: (text: string) => string = (text) => text,
): readonly Screen[] {
  const imagePath = `/images/${segment(image)}`;
  const repository = shown(image.slice(0, image.lastIndexOf("@")));
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
    { name: "explanation", path: `/admissions/${segment(admission)}?explain=true`, heading: "" },
    { name: "jobs", path: "/jobs", heading: "Jobs" },
    { name: "audit", path: "/audit", heading: "Audit" },
  ];
}

/** The names of all screens, for tests that are declared before there are subjects. */
export const SCREEN_NAMES = screensOf({ image: "@", policy: "", admission: "" }).map(({ name }) => name);

/** A text as one part of an address's path. */
export function segment(text: string): string {
  return encodeURIComponent(text);
}

/** Waits until the page shows its h1 (any when it is not known) and loads nothing more. */
export async function settle(page: Page, heading: string): Promise<void> {
  const title = page.getByRole("heading", { level: 1, ...(heading === "" ? {} : { name: heading, exact: true }) });
  await title.waitFor();
  await page
    .getByText(/^Loading /)
    .first()
    .waitFor({ state: "detached" });
}

/** Asserts that every text stands on the page; inside of elements that are folded too. */
export async function expectTexts(page: Page, texts: readonly string[]): Promise<void> {
  const text = `(document.querySelector("#main")?.textContent ?? "").replace(/\\s+/g, " ")`;
  const missing = `${JSON.stringify(texts)}.filter((each) => !${text}.includes(each))`;
  const deadline = performance.now() + TEXT_WAIT_MS;
  for (;;) {
    const lacking = await page.evaluate(missing);
    if (!Array.isArray(lacking) || lacking.length === 0) return;
    if (performance.now() < deadline) await page.waitForTimeout(100);
    else
      assert.fail(
        `the page lacks ${lacking.join(", ")}; it says: ${String(await page.evaluate(text)).slice(0, 4_000)}`,
      );
  }
}

/** Asserts that the page itself does not scroll sideways. */
export async function assertNotWide(page: Page, where: string): Promise<void> {
  const [width, inside] = (await page.evaluate(
    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
  )) as [number, number];
  assert.ok(width <= inside, `${where} is ${width} pixels wide in a window of ${inside}`);
}
