import { z } from "zod";
import { address } from "../access/address.ts";
import { isSystemRole } from "../access/permissions.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";

export const addUserForm = z.object({ email: address() });

export const changeRoleForm = z.object({
  role: z.string().refine((text) => isSystemRole(text) || isUuid(text), { error: () => t("Choose a role.") }),
});
