/** What each connection says of itself, and its limits (R10). */
export const sessionSettings = (statementTimeout: number) => ({
  application_name: "muster",
  TimeZone: "UTC",
  statement_timeout: statementTimeout,
  lock_timeout: 3_000,
  idle_in_transaction_session_timeout: 60_000,
  // Pages make short statements: compiling one costs more than it ever saves.
  jit: false,
});
