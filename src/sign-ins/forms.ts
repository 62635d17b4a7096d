import { z } from "zod";

/** Where the history goes on. */
export const historyPage = z.object({ before: z.coerce.number().int().positive().optional().catch(undefined) });
