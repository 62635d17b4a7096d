import { z } from "zod";

export const signInForm = z.object({
  email: z.string().max(254),
  password: z.string().max(4096),
  remember: z.string().transform((value) => value === "on"),
  next: z.string().max(2000),
});
