let known: string[] | undefined;

/** Every time zone that this machine knows, UTC first: what people choose from. */
export const timeZones = (): string[] =>
  (known ??= ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")]);

export const isTimeZone = (text: string): boolean => timeZones().includes(text);
