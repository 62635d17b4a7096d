import { z } from "zod";
import { address } from "../access/address.ts";
import { line, paragraph } from "../http/form.ts";
import { untilField } from "../http/until.ts";

/** The fields that say who is invited, and in which words (A3, T13). */
export const inviteForm = z.object({
  email: address(),
  firstName: line(100),
  lastName: line(100),
  message: paragraph(1000),
  until: untilField(),
});
