import { existsSync, rmSync, writeFileSync } from "node:fs";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    chromiumPath: string;
    /** A file in which those who look at pages note what they have looked at (looked.ts). */
    looked: string;
  }
}

/** The browser of the machine where there is one; else the one from npm, unpacked to /tmp on first use. */
export async function findChromium(): Promise<string> {
  const installed = [process.env.CHROMIUM_PATH, "/usr/bin/chromium", "/usr/bin/google-chrome"];
  const found = installed.find((path) => path && existsSync(path));
  if (found) return found;
  const { default: chromium } = await import("@sparticuz/chromium");
  return chromium.executablePath();
}

/** Once a run, before the test files start side by side: two of them must not unpack it at the same time. */
export default async function setup(project: TestProject) {
  project.provide("chromiumPath", await findChromium());
  const looked = `/tmp/muster-looked-${crypto.randomUUID()}`;
  writeFileSync(looked, "");
  project.provide("looked", looked);
  return () => rmSync(looked, { force: true });
}
