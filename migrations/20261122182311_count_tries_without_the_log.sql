-- Tries are counted several times a minute and forgotten within a day: after a crash of the database they may start at none.
ALTER TABLE "rate_limits" SET UNLOGGED;
