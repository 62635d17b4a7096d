import { z } from "zod";
import { judgeAlarms } from "../src/alarms/settle.ts";
import { task } from "./task.ts";

/** Looks whether something is wrong with the installation (R22). Safe to run twice: an alarm is raised and cleared by its one row. */
export const judgeAlarmsJob = task(z.object({}), judgeAlarms);
