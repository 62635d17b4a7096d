import { seal } from "../access/vault.ts";
import type { connectors } from "./schema.ts";
import { daysAgo, demoId } from "./seed-time.ts";

/** Two connectors as they look when somebody has set them up; nobody at Google or Microsoft knows them. */
export const demoConnectors = (): (typeof connectors.$inferInsert)[] => {
  const ours = { accountId: demoId("Northwind"), createdBy: demoId("user olivia@northwind.test") };
  return [
    {
      ...ours,
      id: demoId("connector Google"),
      kind: "google",
      name: "Google Workspace",
      clientId: "417203981275-demo.apps.googleusercontent.com",
      clientSecret: seal("a demonstration"),
      scopes: ["https://mail.google.com/"],
      authorizeUrl: "https://accounts.google.com/o/oauth2/v2/auth",
      tokenUrl: "https://oauth2.googleapis.com/token",
      issuer: "https://accounts.google.com",
      imapHost: "imap.gmail.com",
      createdAt: daysAgo(40, "connector Google"),
    },
    {
      ...ours,
      id: demoId("connector Microsoft"),
      kind: "microsoft",
      name: "Microsoft 365",
      clientId: "6f1c7e52-0d5b-4a0e-9f0d-2f4c1d3b7a90",
      clientSecret: seal("a demonstration"),
      scopes: ["https://outlook.office.com/IMAP.AccessAsUser.All", "offline_access"],
      authorizeUrl: "https://login.microsoftonline.com/northwind.test/oauth2/v2.0/authorize",
      tokenUrl: "https://login.microsoftonline.com/northwind.test/oauth2/v2.0/token",
      imapHost: "outlook.office365.com",
      createdAt: daysAgo(12, "connector Microsoft"),
    },
  ];
};
