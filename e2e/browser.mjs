// How the tests and the measurements start the browser.

// Software rendering that shows its pictures in screenshots, for WebGPU and WebGL2 alike; and a
// browser that asks nothing of any network but the server under test.
export const args = [
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
