// A long query: watched, stopped, run again as a job, and found after the browser was closed.
import { expect, test } from "@playwright/test";

import { settled, words } from "./pages.mjs";

const t = words.en;
const query = "SELECT TOP 5 hip FROM hipparcos.hip2 ORDER BY hip";
// Pairs of all stars by a condition that nothing can shorten: it would run for hours.
const endless =
  "SELECT COUNT(*) AS n FROM gaia.dr3_bright AS a, gaia.dr3_bright AS b WHERE SQRT(a.ra * b.ra) > 400";

const counts = (page) => page.locator(".result-counts");
const menu = (page) => page.locator("summary").filter({ hasText: /^Jobs$/ });

async function open(page) {
  await page.goto("/query?lang=en");
  await settled(page);
}

async function run(page, adql) {
  await page.getByRole("textbox", { name: t.editor }).fill(adql);
  await page.getByRole("button", { name: "Run as a job" }).click();
}

test("a job goes on without the page and is found again by its owner alone", async ({ page, context, browser, baseURL }) => {
  await open(page);
  await run(page, endless);
  await expect(page).toHaveURL(/job=/);
  await expect(page.locator(".query-progress")).toContainText("Running");
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.locator(".result")).toContainText(/stopped|aborted|cancelled/i);

  await run(page, query);
  await expect(counts(page)).toContainText("5 of 5 rows kept");
  await page.close();

  const later = await context.newPage();
  await open(later);
  await menu(later).click();
  const entries = later.locator("li.job");
  await expect(entries).toHaveCount(2);
  await expect(entries.first()).toContainText("Completed");
  await expect(entries.last()).toContainText("Stopped");
  await entries.first().getByRole("button").first().click();
  await expect(counts(later)).toContainText("5 of 5 rows kept");
  await expect(later.getByRole("textbox", { name: t.editor })).toHaveValue(query);

  const other = await browser.newContext({ baseURL, locale: "en-GB" });
  const stranger = await other.newPage();
  await open(stranger);
  await menu(stranger).click();
  await expect(stranger.locator(".query-menus")).toContainText("Jobs that you start from this browser");
  await other.close();

  await menu(later).click();
  for (let left = 1; left >= 0; left -= 1) {
    await entries.first().getByRole("button", { name: /^Delete/ }).click();
    await expect(entries).toHaveCount(left);
  }
});
