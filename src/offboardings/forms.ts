import { z } from "zod";
import { statuses } from "./queries.ts";

/** Which ones the list shows, and where it goes on. What is no such thing narrows nothing (T61). */
export const listQuery = z.object({
  status: z.enum(["all", ...statuses]).catch("all"),
  after: z.string().max(40).catch(""),
});
