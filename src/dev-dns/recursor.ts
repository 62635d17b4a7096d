import type { Answer } from "dns-packet";
import { answerFrom, type Said } from "./answer.ts";
import { soaOf } from "./records.ts";
import type { Zones } from "./zones.ts";

/**
 * Answers as a recursive resolver would that knows these zones and no others, and remembers as long as the zone says
 * (SOA minimum) that there was nothing.
 */
export class Recursor {
  zones: Zones;
  /** `TXT name` → until when "there is none" is remembered. */
  private remembered = new Map<string, { until: number; said: Said }>();

  constructor(zones: Zones) {
    this.zones = zones;
  }

  answer(name: string, type: string): Said {
    const key = `${type} ${name}`;
    const before = this.remembered.get(key);
    const left = before ? Math.ceil((before.until - Date.now()) / 1000) : 0;
    if (before && left > 0) return { ...before.said, authorities: this.soa(name, left) };

    const said = { ...this.walk(name, type), authoritative: false };
    const minimum = this.zones.zoneOf(name)?.minimum ?? 0;
    if (said.code !== "servfail" && !said.answers.length && minimum)
      this.remembered.set(key, { until: Date.now() + minimum * 1000, said });
    return said;
  }

  /** Forgets what it remembers of a zone that has come or gone: else nobody could play with it before that is over. */
  forget(zone: string): void {
    for (const key of this.remembered.keys()) {
      const name = key.slice(key.indexOf(" ") + 1);
      if (name === zone || name.endsWith(`.${zone}`)) this.remembered.delete(key);
    }
  }

  private soa(name: string, left: number): Answer[] {
    const zone = this.zones.zoneOf(name);
    return zone ? [soaOf(zone, left)] : [];
  }

  /** Delegations lead to zones that are known here, too, or nowhere; a circle of CNAME records is a failure. */
  private walk(name: string, type: string): Said {
    const said = answerFrom(this.zones, name, type);
    const failed = said.code === "refused" || !said.authoritative || said.answers.length > 12;
    return failed ? { ...said, code: "servfail", answers: [], authorities: [], additionals: [] } : said;
  }
}
