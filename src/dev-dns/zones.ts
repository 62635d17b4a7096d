import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { EditableType, Zone, ZoneRecord } from "./records.ts";

export type NewRecord = [name: string, type: EditableType, value: string | string[]];

/** `_label` or `@` below a zone, as its full name. */
export const fullName = (host: string, zone: string): string =>
  host === "@" || host === "" ? zone : `${host.toLowerCase()}.${zone}`.replace(/\.\.?$/, "");

const recordOf = (zone: string, [host, type, value]: NewRecord): ZoneRecord => ({
  id: crypto.randomUUID(),
  name: fullName(host, zone),
  type,
  ...(Array.isArray(value) ? { value: value.join(""), strings: value } : { value }),
});

/** The zones of one name server. With a `file` they are kept over restarts. */
export class Zones {
  list: Zone[];
  private file: string;

  constructor(list: Zone[] = [], file = "") {
    this.file = file;
    this.list = file && existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Zone[]) : list;
  }

  private keep() {
    if (this.file) writeFileSync(this.file, JSON.stringify(this.list));
  }

  /** A new zone in place of one with this name. */
  put(name: string, hosts: string[], records: NewRecord[] = [], minimum = 60): Zone {
    const zone = {
      id: crypto.randomUUID(),
      name,
      hosts,
      minimum,
      records: records.map((each) => recordOf(name, each)),
    };
    this.list = [...this.list.filter((each) => each.name !== name), zone];
    this.keep();
    return zone;
  }

  drop(id: string): Zone | undefined {
    const zone = this.list.find((each) => each.id === id);
    this.list = this.list.filter((each) => each !== zone);
    this.keep();
    return zone;
  }

  add(zone: Zone, record: NewRecord): void {
    zone.records.push(recordOf(zone.name, record));
    this.keep();
  }

  remove(id: string): ZoneRecord | undefined {
    const record = this.list.flatMap(({ records }) => records).find((each) => each.id === id);
    for (const zone of this.list) zone.records = zone.records.filter((each) => each.id !== id);
    if (record) this.keep();
    return record;
  }

  /** The deepest zone that a name is in. */
  zoneOf(name: string): Zone | undefined {
    return this.list
      .filter((zone) => zone.name === "." || name === zone.name || name.endsWith(`.${zone.name}`))
      .toSorted((a, b) => (b.name === "." ? 0 : b.name.length) - (a.name === "." ? 0 : a.name.length))[0];
  }
}
