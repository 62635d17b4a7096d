import { atelierPeople, harbourPeople, northwindPeople } from "./seed-people.ts";

export interface DemoMailbox {
  key: string;
  name: string;
  address: string;
  kind?: "imap";
  archived?: boolean;
  /** Some days ago: it can be restored still. */
  deleted?: boolean;
}

export interface DemoRole {
  name: string;
  level: "account" | "mailbox";
  about: string;
  permissions: string[];
}

export interface DemoAccount {
  name: string;
  kind: "company" | "personal";
  domain: string;
  /** Its domain is active: whoever has an address in it is its corporate user. */
  corporate?: boolean;
  people: string;
  mailboxes: DemoMailbox[];
  roles: DemoRole[];
}

export const demoAccounts: DemoAccount[] = [
  {
    name: "Northwind",
    kind: "company",
    domain: "northwind.test",
    corporate: true,
    people: northwindPeople,
    mailboxes: [
      { key: "support", name: "Support", address: "northwind-support@muster.test" },
      { key: "press", name: "Press", address: "northwind-press@muster.test" },
      { key: "events", name: "Events", address: "northwind-events@muster.test" },
      { key: "billing", name: "Billing", address: "northwind-billing@muster.test" },
      { key: "jobs", name: "Jobs", address: "northwind-jobs@muster.test" },
      { key: "newsletter", name: "Newsletter", address: "northwind-newsletter@muster.test" },
      { key: "orders", name: "Orders", address: "orders@northwind-shop.test", kind: "imap" },
      { key: "returns", name: "Returns", address: "returns@northwind-shop.test", kind: "imap" },
      { key: "fair", name: "Autumn fair 2024", address: "northwind-fair-2024@muster.test", archived: true },
      { key: "survey", name: "Customer survey", address: "northwind-survey@muster.test", deleted: true },
    ],
    roles: [
      {
        name: "Press desk",
        level: "account",
        about: "Answers journalists and sees who else does.",
        permissions: ["dashboard.view", "users.view", "mailboxes.view", "logs.view"],
      },
      {
        name: "People team",
        level: "account",
        about: "Brings people in and looks after the list.",
        permissions: [
          "dashboard.view",
          "users.view",
          "users.add",
          "users.block",
          "invites.send",
          "invites.revoke",
          "roles.view",
          "mailboxes.view",
        ],
      },
      {
        name: "Auditor",
        level: "account",
        about: "Reads the log, changes nothing.",
        permissions: ["users.view", "roles.view", "mailboxes.view", "logs.view", "audit.view"],
      },
      {
        name: "Press officer",
        level: "mailbox",
        about: "Reads and answers; deletes nothing.",
        permissions: ["messages.read", "messages.send"],
      },
      {
        name: "Triage",
        level: "mailbox",
        about: "Reads and sorts.",
        permissions: ["messages.read", "folders.manage"],
      },
    ],
  },
  {
    name: "Harbour Press",
    kind: "company",
    domain: "harbourpress.test",
    people: harbourPeople,
    mailboxes: [{ key: "letters", name: "Letters", address: "harbour-letters@muster.test" }],
    roles: [],
  },
  {
    name: "Petra Vogel",
    kind: "personal",
    domain: "atelier.test",
    people: atelierPeople,
    mailboxes: [{ key: "own", name: "Petra Vogel", address: "petra@muster.test" }],
    roles: [],
  },
  // Two people of the shop, who registered by themselves: they are taken in once its domain is active.
  ...[
    ["Nina Kraus", "nina"],
    ["Omar Haddad", "omar"],
  ].map(
    ([name = "", local = ""]): DemoAccount => ({
      name,
      kind: "personal",
      domain: "northwind-shop.test",
      people: `${name} | ${local} | active | Owner | 40 | 3`,
      mailboxes: [{ key: "own", name, address: `${local}@muster.test` }],
      roles: [],
    }),
  ),
];
