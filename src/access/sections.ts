import { type Level, type Permission, permissions, permissionsAt } from "./permissions.ts";

/** Permissions under one heading of the catalogue; titles are English, views put them through `t()`. */
export interface Section {
  title: string;
  permissions: { key: Permission; title: string; level: Level }[];
}

/** What may be granted at a level, by section, in the order of the catalogue. */
export function sectionsAt(level: Level): Section[] {
  const found = new Map<string, Section>();
  for (const key of permissionsAt(level)) {
    const { section, title, level: own } = permissions[key];
    if (!found.has(section)) found.set(section, { title: section, permissions: [] });
    found.get(section)!.permissions.push({ key, title, level: own });
  }
  return [...found.values()];
}
