import { describe } from "vitest";
import { crawl } from "../support/crawl.ts";

describe("T63 T65 every page about users is usable, whatever they are called", () => {
  crawl((path) => path.startsWith("/admin/users"));
});
