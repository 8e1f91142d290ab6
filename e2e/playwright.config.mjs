import { defineConfig } from "@playwright/test";

// Software rendering that shows its pictures in screenshots, for WebGPU and WebGL2 alike; and a
// browser that asks nothing of any network but the server under test.
const args = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
];

export default defineConfig({
  testDir: "tests",
  outputDir: "results",
  timeout: 240_000,
  expect: { timeout: 60_000 },
  workers: 1,
  reporter: [["list"]],
  use: {
    baseURL: process.env.TENKYU_URL,
    locale: "en-GB",
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
    trace: "off",
    launchOptions: { executablePath: process.env.TENKYU_CHROMIUM, args },
  },
});
