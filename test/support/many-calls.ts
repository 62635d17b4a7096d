/** For a file that calls every endpoint many times. To be imported before anything that reads the settings. */
process.env.API_CALLS_PER_MINUTE = "1000000";
process.env.API_CALLS_PER_MINUTE_PER_IP = "1000000";
