import { z } from "zod";
import { address } from "../access/address.ts";

export const askForm = z.object({ email: address() });
