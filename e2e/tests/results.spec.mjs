// What is done with a result: saved as files, scrolled to its end, worked without a mouse; and
// what is left of the page where the browser has no GPU.
import { execFileSync } from "node:child_process";

import { chromium, expect, test } from "@playwright/test";

import { settled, words } from "./pages.mjs";

const t = words.en;
const query = (adql, more = {}) =>
  `/query?${new URLSearchParams({ v: "1", adql, run: "1", lang: "en", ...more })}`;

/** What astropy (and for Parquet, pyarrow) reads in a saved file: the columns `hip` and `hp_mag`. */
function read(path, format) {
  const script =
    format === "parquet"
      ? "import sys, json, pyarrow.parquet as q; t = q.read_table(sys.argv[1]).to_pydict()\nprint(json.dumps([t['hip'], t['hp_mag']]))"
      : "import sys, json, warnings; warnings.simplefilter('ignore')\nfrom astropy.table import Table; t = Table.read(sys.argv[1], format=sys.argv[2])\nprint(json.dumps([t['hip'].tolist(), t['hp_mag'].tolist()]))";
  const python = process.env.TENKYU_PYTHON ?? "python3";
  return JSON.parse(execFileSync(python, ["-c", script, path, format]).toString());
}

test("the kept rows are saved in four formats, as astropy and pyarrow read them", async ({ page, request }, info) => {
  const adql = "SELECT TOP 300 hip, hp_mag FROM hipparcos.hip2 ORDER BY hip";
  const answer = await request.post("/tap/sync", {
    form: { LANG: "ADQL", RESPONSEFORMAT: "json", QUERY: adql },
  });
  const expected = (await answer.json()).data.filter(([, mag]) => mag < 8);
  await page.goto(query(adql, { where: "hp_mag < 8" }));
  await settled(page);
  await expect(page.locator(".result-counts")).toContainText(`${expected.length} of 300 rows kept`);
  await page.locator("summary").filter({ hasText: "Save" }).click();
  for (const [name, format] of [["CSV", "ascii.csv"], ["VOTable", "votable"], ["FITS", "fits"], ["Parquet", "parquet"]]) {
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name, exact: true }).click();
    const path = info.outputPath(`rows-${name}`);
    await (await waiting).saveAs(path);
    const [hip, mag] = read(path, format);
    expect(hip, name).toEqual(expected.map((row) => row[0]));
    expect(mag.map((m) => Math.fround(m)), name).toEqual(expected.map((row) => Math.fround(row[1])));
  }
});

test("a million rows scroll to the last one", async ({ page }) => {
  const adql =
    "SELECT TOP 1000000 a.hip, a.hp_mag FROM hipparcos.hip2 AS a, (SELECT TOP 10 name FROM openngc.objects) AS b";
  // High enough for the whole table.
  await page.setViewportSize({ width: 1440, height: 1400 });
  await page.goto(query(adql));
  await settled(page);
  await expect(page.locator(".query-progress")).toContainText("1\u202f000\u202f000 rows", { timeout: 120_000 });
  await expect(page.getByRole("grid")).toHaveAttribute("aria-rowcount", "1000001");
  await page.getByRole("grid").evaluate((grid) => { grid.scrollTop = grid.scrollHeight; });
  await expect(page.locator('.grid-row[aria-rowindex="1000001"]')).toBeInViewport();

  const grid = page.getByRole("grid");
  await grid.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Control+Home");
  await expect(page.locator("#cell-0-0")).toBeInViewport();
  await page.keyboard.press("PageDown");
  await page.keyboard.press("ArrowRight");
  await expect(grid).toHaveAttribute("aria-activedescendant", /^cell-1\d-1$/);
  await page.keyboard.press("Control+End");
  await expect(page.locator("#cell-999999-1")).toBeInViewport();
});

test("search and query are worked from the keyboard", async ({ page }) => {
  await page.goto("/?lang=en");
  await settled(page);
  await page.locator("h1").click();
  await page.keyboard.press("/");
  await page.keyboard.type("M 31");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/search\?/);
  await expect(page.locator("h1")).toContainText(/M ?31|Andromeda/);

  await page.goto("/query?lang=en");
  await settled(page);
  await page.getByRole("textbox", { name: t.editor }).focus();
  await page.keyboard.type("SELECT TOP 7 hip FROM hipparcos.hip2 ");
  await page.keyboard.press("Control+Enter");
  await expect(page.locator(".result-counts")).toContainText("7 of 7 rows kept");
  const grid = page.getByRole("grid");
  await grid.focus();
  await expect(grid).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.locator(".grid-head button").first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/sort=hip/);
});

test("without a GPU the page says so and shows the preview", async ({ baseURL, request }) => {
  const found = await request.post("/tap/sync", {
    form: { LANG: "ADQL", RESPONSEFORMAT: "json", QUERY: "SELECT access_url FROM ivoa.obscore WHERE instrument_name = 'WFPC2'" },
  });
  const [[url]] = (await found.json()).data;
  const plain = await chromium.launch({
    executablePath: process.env.TENKYU_CHROMIUM,
    args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--disable-gpu", "--disable-3d-apis"],
  });
  try {
    const page = await plain.newPage({ baseURL, locale: "en-GB" });
    await page.goto(`/image/${url.split("/").pop()}`);
    await expect(page.locator(".viewer-failed")).toContainText("no GPU");
    await expect(page.locator(".viewer-failed img")).toBeVisible();
  } finally {
    await plain.close();
  }
});
