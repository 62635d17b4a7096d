import { z } from "zod";

export const erasureForm = z.object({ email: z.string().max(254) });
