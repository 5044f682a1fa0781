import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";

/** Keeps a picture of the page in the folder AMAP_E2E_SCREENSHOTS, when it is set, for a person to look at. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env["AMAP_E2E_SCREENSHOTS"];
  if (folder === undefined || folder === "") return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
