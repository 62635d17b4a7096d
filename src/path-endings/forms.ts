import { z } from "zod";

/** Ends one grant: which version of the member the page showed, and where to go on. */
export const endingForm = z.object({ version: z.coerce.number().int().min(1), next: z.string().max(1000) });
