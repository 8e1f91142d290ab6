// What is done with a result: saved as files, scrolled to its end, worked without a mouse; and
// what is left of the page where the browser has no GPU.
import { execFileSync } from "node:child_process";

import { chromium, expect, test } from "@playwright/test";

import { settled, words } from "./pages.mjs";

const t = words.en;
const query = (adql, more = {}) =>
  `/query?${new URLSearchParams({ v: "1", adql, run: "1", lang: "en", ...more })}`;

const IMAGE = "SELECT access_url FROM ivoa.obscore WHERE instrument_name = 'WFPC2'";

/** The rows of an answer. */
async function rowsOf(request, adql) {
  const form = { LANG: "ADQL", RESPONSEFORMAT: "json", QUERY: adql };
  return (await (await request.post("/tap/sync", { form })).json()).data;
}

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
  const expected = (await rowsOf(request, adql)).filter(([, mag]) => mag < 8);
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

test("two fingers zoom the image and one moves it", async ({ browser, baseURL, request }) => {
  const [[url]] = await rowsOf(request, IMAGE);
  const context = await browser.newContext({ baseURL, hasTouch: true, viewport: { width: 800, height: 900 } });
  const page = await context.newPage();
  await page.goto(`/image/${url.split("/").pop()}?v=1&zoom=1&lang=en`);
  const canvas = page.locator("canvas[role=img]");
  await expect(canvas).toBeVisible();
  const { x, y, width, height } = await canvas.boundingBox();
  const [cx, cy] = [x + width / 2, y + height / 2];
  const touch = await context.newCDPSession(page);
  const send = (type, ...points) =>
    touch.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([px, py], id) => ({ x: px, y: py, id })) });
  const state = () => {
    const params = new URL(page.url()).searchParams;
    return { zoom: Number(params.get("zoom")), center: `${params.get("x")},${params.get("y")}` };
  };
  await send("touchStart", [cx - 40, cy], [cx + 40, cy]);
  for (const spread of [60, 80, 100, 120]) await send("touchMove", [cx - spread, cy], [cx + spread, cy]);
  await send("touchEnd");
  await expect.poll(() => state().zoom).toBeGreaterThan(2.5);
  const before = state();
  await send("touchStart", [cx, cy]);
  for (const step of [20, 40, 60]) await send("touchMove", [cx + step, cy]);
  await send("touchEnd");
  await expect.poll(() => state().center).not.toBe(before.center);
  expect(state().zoom).toBeCloseTo(before.zoom, 6);
  await context.close();
});

test("a GPU that is taken away is told with the preview and the way out", async ({ page, request }) => {
  const [[url]] = await rowsOf(request, IMAGE);
  await page.addInitScript(() => {
    const ask = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...wishes) {
      return (window.device = await ask.apply(this, wishes));
    };
  });
  await page.goto(`/image/${url.split("/").pop()}?gpu=webgpu&lang=en`);
  const canvas = page.locator("canvas[role=img]");
  await expect(canvas).toBeVisible();
  await expect(page.locator(".readout")).toBeVisible();
  await page.evaluate(() => window.device.destroy());
  await canvas.press("ArrowLeft");
  await expect(page.locator(".viewer-failed")).toContainText("took the GPU away");
  await expect(page.locator(".viewer-failed img")).toBeVisible();
});

test("without a GPU the page says so and shows the preview", async ({ baseURL, request }) => {
  const [[url]] = await rowsOf(request, IMAGE);
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
