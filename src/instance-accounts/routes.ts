import { Router } from "express";
import { allowInstance } from "../access/guard.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { aboutAccount, accountForInstance } from "./account.ts";
import { accountsLink, readAccountsQuery } from "./filters.ts";
import { listAccounts, mostCounted } from "./queries.ts";

/** Every account of the installation, for whoever runs it: how much it uses and whom to ask, never what is in it. At /instance/accounts. */
export const instanceAccounts = Router();

instanceAccounts.get("/", allowInstance(), async (req, res) => {
  const query = readAccountsQuery(req.query);
  const { rows, older } = await listAccounts(query);
  return page(res, "instance-accounts/index", {
    title: t("Accounts"),
    query,
    rows,
    mostCounted,
    link: accountsLink,
    olderLink: older && accountsLink({ ...query, before: older }),
  });
});

instanceAccounts.get("/:accountId", allowInstance(), async (req, res) => {
  const { account } = await accountForInstance(req.params.accountId);
  return page(res, "instance-accounts/account", {
    title: account.name,
    account,
    ...(await aboutAccount(account.id)),
    mostCounted,
  });
});
