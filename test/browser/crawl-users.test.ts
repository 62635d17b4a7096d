import { describe } from "vitest";
import { crawl } from "../support/crawl.ts";

describe("every page about users is usable", () => {
  crawl((path) => path.startsWith("/admin/users"));
});
