import { sql } from "drizzle-orm";
import {
  isPermission,
  isSystemRole,
  type Level,
  permissions,
  permissionsAt,
  systemRoleKeys,
  systemRoles,
} from "../access/permissions.ts";
import type { Reader } from "../db/client.ts";
import { fold } from "../workbook/catalogue.ts";

/** What is wrong with one role or permission of a cell. */
export interface Fault {
  in: "roles" | "permissions";
  code: "role_unknown" | "role_wrong_level" | "permission_unknown" | "permission_wrong_level";
  values: Record<string, string>;
}

/** The two cells of a row, understood: keys of grants, sorted, each once; and what of them nobody can grant there. */
export interface Understood {
  items: string[];
  faults: Fault[];
}

/** So many faults of a row's two cells are named: whoever puts these right uploads the file again. */
const mostFaults = 20;

const cut = (text: string) => [...text].slice(0, 100).join("");

/** The words of roles and permissions of one account: what each can be called on a sheet, by level. */
export class Vocabulary {
  private roles: Record<Level, Map<string, string>> = { account: new Map(), mailbox: new Map() };
  private allowed: Record<Level, Set<string>> = {
    account: new Set(permissionsAt("account")),
    mailbox: new Set(permissionsAt("mailbox")),
  };

  /** Reads the roles that the account has now. A role that ended is as unknown as a neighbour's. */
  static async of(reader: Reader, accountId: string): Promise<Vocabulary> {
    const vocabulary = new Vocabulary();
    const rows = await reader.execute<{ id: string; name: string; level: Level }>(
      sql`select id, name, level from roles where account_id = ${accountId} and ended_at is null`,
    );
    for (const { id, name, level } of rows) vocabulary.roles[level].set(fold(name), id);
    // After all names: a role may be called like the id of another one.
    for (const { id, level } of rows) vocabulary.roles[level].set(id, id);
    // Last: what a system role is called is nobody else's (A65).
    for (const key of systemRoleKeys) {
      const { level, title } = systemRoles[key];
      vocabulary.roles[level].set(fold(title), key);
      vocabulary.roles[level].set(key, key);
    }
    return vocabulary;
  }

  /** What the cells of one row ask for at that level. */
  understand(level: Level, roles: string[], codes: string[]): Understood {
    const items = new Set<string>();
    const faults: Fault[] = [];
    const other: Level = level === "account" ? "mailbox" : "account";
    for (const role of roles) {
      const key = this.roles[level].get(fold(role));
      if (key) items.add(key);
      else {
        const code = this.roles[other].has(fold(role)) ? "role_wrong_level" : "role_unknown";
        faults.push({ in: "roles", code, values: { item: cut(role) } });
      }
    }
    for (const typed of codes) {
      const code = fold(typed);
      if (this.allowed[level].has(code)) items.add(code);
      else {
        const known = isPermission(code) && permissions[code].level !== level;
        const fault = known ? "permission_wrong_level" : "permission_unknown";
        faults.push({ in: "permissions", code: fault, values: { item: cut(typed) } });
      }
    }
    return { items: [...items].sort(), faults: faults.slice(0, mostFaults) };
  }
}

/** Whether a key of a grant stands in the roles cell; else it is a permission's code. */
export const isRoleKey = (key: string): boolean => isSystemRole(key) || !key.includes(".");
