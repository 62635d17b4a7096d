import { config } from "../config.ts";
import { exchange, type Failure, type Manner, type Place } from "./exchange.ts";
import { isAskable } from "./names.ts";
import type { Question, Reply } from "./packet.ts";
import { nameOfPlace, resolvers } from "./places.ts";

export type Answered = Reply | Failure | "unfinished";
export const isAnswer = (answer: Answered): answer is Reply => typeof answer === "object";

/**
 * Everything that one check asks: no question twice, at most 50, and half a minute in all (T26). Past that every question
 * is answered with `unfinished`.
 */
export class Inquiry {
  left = 50;
  private end = Date.now() + 6 * config.DNS_TIMEOUT_MS;
  private asked = new Map<string, Promise<Answered>>();

  /** The same for another check of the domain: 50 questions of its own, and what was asked before is known. */
  beside(): Inquiry {
    const other = new Inquiry();
    other.end = this.end;
    other.asked = this.asked;
    return other;
  }

  /** One question to one server. */
  ask(place: Place, question: Question, recursive = false): Promise<Answered> {
    const key = `${nameOfPlace(place)} ${question.type} ${question.name} ${recursive}`;
    const before = this.asked.get(key);
    if (before) return before;

    const answer = this.send(place, question, recursive);
    this.asked.set(key, answer);
    return answer;
  }

  private async send(place: Place, question: Question, recursive: boolean): Promise<Answered> {
    const within = Math.min(config.DNS_TIMEOUT_MS, this.end - Date.now());
    if (this.left <= 0 || within <= 0 || !isAskable(question.name)) return "unfinished";
    this.left -= 1;
    const manner: Manner = { recursive, within };
    return exchange(place, question, manner);
  }

  /** What the resolvers find: the first that has an answer, whatever it is, counts. */
  async resolve(question: Question): Promise<Answered> {
    let last: Answered = "unreachable";
    for (const place of resolvers()) {
      last = await this.ask(place, question, true);
      if (isAnswer(last) && ["noerror", "nxdomain"].includes(last.code)) return last;
    }
    return last;
  }

  /** What each resolver finds, where it finds something. */
  async resolveByAll(question: Question): Promise<Reply[]> {
    const answers = await Promise.all(resolvers().map((place) => this.ask(place, question, true)));
    return answers.filter(isAnswer).filter(({ code }) => code === "noerror");
  }
}
