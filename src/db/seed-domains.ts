import { newClaim } from "../domain-claims/claim.ts";
import type { domains, instanceSettings } from "./schema.ts";
import { daysAgo, demoId } from "./seed-time.ts";

/** What the demo's zones publish for the domain that is active: so that its checks find it. */
export const demoToken = "k3vq7dnorthwindharbourlantern9q2";

/** What the demo's domains are checked against: names of the built-in name server. */
export const demoInstance: Partial<typeof instanceSettings.$inferInsert> = {
  mxHosts: ["mx1.muster.test"],
  spfInclude: "_spf.muster.test",
};

/** Northwind's own domain, active since long ago, and its shop's, which waits for its record. */
export async function demoDomains(): Promise<(typeof domains.$inferInsert)[]> {
  const accountId = demoId("Northwind");
  const createdBy = demoId("user olivia@northwind.test");
  const settings = { dkimSelector: "muster" };
  const [active, waiting] = await Promise.all([newClaim(settings), newClaim(settings)]);
  const opened = daysAgo(300, "northwind.test");
  const claimed = daysAgo(1, "northwind-shop.test");
  return [
    {
      ...active,
      id: demoId("northwind.test"),
      accountId,
      name: "northwind.test",
      shownName: "northwind.test",
      status: "active",
      token: demoToken,
      provenBy: "txt",
      claimedAt: opened,
      verifiedAt: opened,
      activatedAt: opened,
      createdAt: opened,
      createdBy,
    },
    {
      ...waiting,
      id: demoId("northwind-shop.test"),
      accountId,
      name: "northwind-shop.test",
      shownName: "northwind-shop.test",
      claimedAt: claimed,
      createdAt: claimed,
      createdBy,
    },
  ];
}
