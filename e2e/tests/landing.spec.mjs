// The start page has a module of its own; the figures of `cargo xtask bench transfer` rest on it.
import { expect, test } from "@playwright/test";

import { settled } from "./pages.mjs";

/** Names of the modules that a page asks for, from now on. */
function modules(page) {
  const names = new Set();
  page.on("request", (request) => {
    const found = /\/pkg\/([\w-]+)_bg\.wasm/.exec(request.url());
    if (found) names.add(found[1]);
  });
  return () => [...names].sort();
}

for (const api of ["webgpu", "webgl2"]) {
  test(`a first visit loads the start page and one viewer module (${api})`, async ({ page }) => {
    const asked = modules(page);
    await page.goto(`/?gpu=${api}`);
    await settled(page);
    await expect.poll(asked).toEqual(["landing", `viewers-${api}`]);
    // The map draws with it: labels of its grid appear.
    await expect(page.locator(".sky-labels text").first()).toBeAttached();
    expect(asked()).toEqual(["landing", `viewers-${api}`]);
  });
}

test("the other pages' module is fetched when the start page is used", async ({ page }) => {
  const asked = modules(page);
  await page.goto("/");
  await settled(page);
  await page.locator("main").getByRole("combobox").first().focus();
  await expect.poll(asked).toContain("portal");
});

test("links lead out of the start page, and back leads to it", async ({ page }) => {
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto("/?lang=ja");
  await settled(page);
  await page.locator(".top-nav a").nth(1).click();
  await expect(page).toHaveURL(/\/query\?lang=ja/);
  await settled(page);
  await expect(page.getByRole("textbox", { name: "ADQL" })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/\/\?lang=ja$/);
  await expect(page.locator(".hero h1")).toBeVisible();
  await page.goForward();
  await expect(page).toHaveURL(/\/query/);
  await expect(page.getByRole("textbox", { name: "ADQL" })).toBeVisible();
  // Within the portal the start page is a page like any other.
  await settled(page);
  await page.locator(".brand").click();
  await expect(page.locator(".hero h1")).toBeVisible();
  await page.locator(".top-nav a").first().click();
  await expect(page).toHaveURL(/\/search/);
  expect(errors).toEqual([]);
});
