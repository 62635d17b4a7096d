import { isPermission, type Permission, systemRoleKeys, systemRoles } from "../access/permissions.ts";
import type {
  accounts,
  events,
  grants,
  MemberStatus,
  mailboxes,
  members,
  rolePermissions,
  roles,
  users,
} from "./schema.ts";
import { type DemoAccount, demoAccounts } from "./seed-accounts.ts";
import { addDeliveryHistory } from "./seed-delivery.ts";
import { addHistory, hasProfile, labelsOf, recorder } from "./seed-history.ts";
import { type DemoPerson, demoPeople, readPeople } from "./seed-people.ts";
import { day, daysAgo, demoId } from "./seed-time.ts";

export type Rows = {
  accounts: (typeof accounts.$inferInsert)[];
  users: (typeof users.$inferInsert)[];
  mailboxes: (typeof mailboxes.$inferInsert)[];
  roles: (typeof roles.$inferInsert)[];
  rolePermissions: (typeof rolePermissions.$inferInsert)[];
  members: (typeof members.$inferInsert)[];
  grants: (typeof grants.$inferInsert)[];
  events: (typeof events.$inferInsert & { at: Date })[];
};

/** All rows of the demo data, table by table, in the order in which they may be written. */
export function demoRows(passwordHash: string): Rows {
  const rows: Rows = {
    accounts: [],
    users: [],
    mailboxes: [],
    roles: [],
    rolePermissions: [],
    members: [],
    grants: [],
    events: [],
  };
  for (const account of demoAccounts) addAccount(rows, account, passwordHash);
  addDeliveryHistory(rows);
  rows.events.sort((a, b) => a.at.getTime() - b.at.getTime());
  return rows;
}

function addAccount(rows: Rows, account: DemoAccount, passwordHash: string) {
  const id = demoId(account.name);
  const people = readPeople(account);
  const owner = people[0]!;
  const start = owner.joined + 1;
  const founder = { id: userId(owner), email: owner.email };
  const record = recorder(rows, id, founder);

  rows.accounts.push({ id, name: account.name, kind: account.kind, createdAt: daysAgo(start, account.name) });
  record("account.created", "account", id, account.name, daysAgo(start, account.name), { name: account.name });
  for (const person of people) addUser(rows, person, id, passwordHash);
  for (const { name, address, kind = "native", archived, deleted } of account.mailboxes) {
    const at = daysAgo(start - 2, address);
    const boxId = demoId(address);
    const gone = archived || deleted ? daysAgo(deleted ? 6 : 60, address) : null;
    rows.mailboxes.push({
      ...{ id: boxId, accountId: id, name, address, kind, createdAt: at, archivedAt: gone },
      personalUserId: account.kind === "personal" ? founder.id : null,
      ...(deleted && { deletedAt: gone, deletedBy: founder.id }),
    });
    record("mailbox.created", "mailbox", boxId, name, at, { name, address, kind });
    if (gone && deleted) record("mailbox.deleted", "mailbox", boxId, name, gone, null, { name, address, kind });
    else if (gone) record("mailbox.archived", "mailbox", boxId, name, gone, { archived: true }, { archived: false });
  }
  for (const { name, level, about, permissions } of account.roles) {
    const at = daysAgo(start - 3, name);
    const roleId = demoId(`${account.name} ${name}`);
    rows.roles.push({ id: roleId, accountId: id, level, name, about, createdAt: at, createdBy: founder.id });
    rows.rolePermissions.push(
      ...permissions.map((permission) => ({
        accountId: id,
        roleId,
        permission: permission as Permission,
        startedAt: at,
        startedBy: founder.id,
      })),
    );
    record("role.created", "role", roleId, name, at, { name, level, about, permissions });
  }
  for (const person of people) addMember(rows, account, person, people);
}

const userId = (person: DemoPerson) => demoId(`user ${person.email}`);

function addUser(rows: Rows, person: DemoPerson, accountId: string, passwordHash: string) {
  const known = rows.users.some(({ email }) => email === person.email);
  if (known || !hasProfile(person)) return;
  rows.users.push({
    id: userId(person),
    email: person.email,
    emailProvenAt: daysAgo(person.joined, person.email),
    firstName: person.firstName,
    lastName: person.lastName,
    passwordHash: person.status === "waiting" ? null : passwordHash,
    locale: /[äöüß]/i.test(person.lastName) ? "de" : "en",
    timeZone: "Europe/Berlin",
    corporateAccountId: person.corporate ? accountId : null,
    instanceAdmin: person.email === demoPeople[0]!.email,
    lastSignInAt: person.signedIn === null ? null : daysAgo(person.signedIn, `sign-in ${person.email}`),
    createdAt: daysAgo(person.joined, person.email),
  });
}

function addMember(rows: Rows, account: DemoAccount, person: DemoPerson, people: DemoPerson[]) {
  const accountId = demoId(account.name);
  const id = demoId(`member ${account.name} ${person.email}`);
  const joined = daysAgo(person.joined, person.email);
  const inviter = people[0] === person ? undefined : people[person.joined % 3 === 0 ? 0 : 1];
  const by = inviter && hasProfile(inviter) ? inviter : people[0]!;
  const known = rows.users.find(({ email }) => email === person.email)?.id ?? null;
  const bounced = person.status === "bounced";
  const status = (bounced ? "invited" : person.status) as MemberStatus;
  const settled = ["declined", "revoked", "expired", "removed"].includes(status);
  const sentAt = new Date(joined.getTime() - (hasProfile(person) ? 2 * day : 0));
  const wasInvited = inviter && status !== "draft" && !person.corporate;

  rows.members.push({
    id,
    accountId,
    userId: known,
    email: person.email,
    firstName: person.firstName,
    lastName: person.lastName,
    corporate: person.corporate,
    status,
    statusBefore: status === "removed" || status === "blocked" ? "active" : null,
    invitedBy: inviter ? userId(by) : null,
    invitedAt: wasInvited ? sentAt : null,
    expiresAt: ["invited", "draft"].includes(status)
      ? new Date(joined.getTime() + (status === "draft" ? 30 : 7) * day)
      : null,
    delivery: bounced ? "bounced" : wasInvited ? "sent" : null,
    deliveryReply: bounced
      ? "550 5.1.1 <mona.farouk@translations.test>: Recipient address rejected: User unknown"
      : null,
    joinedAt: hasProfile(person) ? joined : null,
    endedAt: settled ? daysAgo(Math.min(person.joined - 1, 20), `end ${person.email}`) : null,
    guestUntil: status === "active" && person.joined % 37 === 0 ? inDays(10 + (person.joined % 25)) : null,
    lastSignInAt: person.signedIn === null ? null : daysAgo(person.signedIn, `sign-in ${person.email}`),
    createdAt: new Date((wasInvited ? sentAt : joined).getTime() - 3_600_000),
  });
  addGrants(rows, account, person, { accountId, id, by: userId(by), joined, over: settled });
  const author = { id: userId(by), email: by.email };
  addHistory(
    rows,
    accountId,
    author,
    { ...person, userId: known, rights: labelsOf(account, person) },
    id,
    wasInvited ? sentAt : undefined,
  );
}

/** The end of a day to come: when a guest leaves, or a right ends. */
const inDays = (days: number) => new Date(Math.ceil(Date.now() / day) * day + days * day);

interface Holder {
  accountId: string;
  id: string;
  by: string;
  joined: Date;
  over: boolean;
}

function addGrants(rows: Rows, account: DemoAccount, person: DemoPerson, to: Holder) {
  for (const right of person.rights) {
    const [place, what] = right.includes(":") ? (right.split(":") as [string, string]) : [undefined, right];
    const systemRole = systemRoleKeys.find((key) => systemRoles[key].title === what);
    const permission = isPermission(what) ? what : undefined;
    const box = account.mailboxes.find(({ key }) => key === place);
    rows.grants.push({
      id: demoId(`grant ${account.name} ${person.email} ${right}`),
      accountId: to.accountId,
      memberId: to.id,
      mailboxId: box ? demoId(box.address) : null,
      systemRole: systemRole ?? null,
      permission: permission ?? null,
      roleId: systemRole || permission ? null : demoId(`${account.name} ${what}`),
      source: person.corporate ? "direct" : "invitation",
      grantedBy: to.by,
      grantedAt: to.joined,
      endsAt: !to.over && person.joined % 41 === 0 ? inDays(5 + (person.joined % 30)) : null,
      endedAt: to.over ? daysAgo(Math.min(person.joined - 1, 20), `end ${person.email}`) : null,
      endReason: to.over ? person.status : null,
    });
  }
}
