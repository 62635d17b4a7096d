import { z } from "zod";
import { many } from "../http/form.ts";
import { notificationKinds } from "./kinds.ts";

const kinds = () => many(z.enum(notificationKinds), notificationKinds.length);

/** The kinds that are ticked, in either column. */
export const choicesForm = z.object({ bell: kinds(), mail: kinds() });
